#include "endpoints/response_cache.hpp"

#include <fstream>
#include <thread>
#include <vector>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "endpoints/detail/sha256.hpp"

namespace foundation::endpoints {
namespace {

namespace fs = std::filesystem;

class Cache : public testing::Test {
 protected:
  Cache() { fs::remove_all(root_); }
  ~Cache() override { fs::remove_all(root_); }
  [[nodiscard]] fs::path file(const std::string& key) const {
    return root_ / "cache" / key.substr(0, 2) / key.substr(2, 2) / key;
  }

  fs::path root_ = fs::current_path() / "response_cache_test";
  std::string key_ = detail::sha256_hex("a request");
};

TEST_F(Cache, sha256_is_that_of_the_standard) {
  EXPECT_EQ(detail::sha256_hex("abc"),
            "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

TEST_F(Cache, gives_back_what_was_stored_also_to_another_process) {
  ResponseCache cache{root_ / "cache"};
  EXPECT_FALSE(cache.find(key_).has_value());
  cache.store(key_, "an answer\nof two lines");
  EXPECT_EQ(cache.find(key_), "an answer\nof two lines");
  const ResponseCache other{root_ / "cache"};
  EXPECT_EQ(other.find(key_), "an answer\nof two lines");
  EXPECT_FALSE(other.find(detail::sha256_hex("another")).has_value());
}

TEST_F(Cache, damaged_files_are_as_good_as_none_and_are_replaced) {
  ResponseCache cache{root_ / "cache"};
  cache.store(key_, "an answer");
  const std::string whole = [&] {
    std::ifstream stream{file(key_), std::ios::binary};
    return std::string{std::istreambuf_iterator<char>{stream}, {}};
  }();
  for (std::size_t length = 0; length < whole.size(); ++length) {
    std::ofstream{file(key_), std::ios::binary} << whole.substr(0, length);
    EXPECT_FALSE(cache.find(key_).has_value()) << "cut to " << length;
  }
  std::string flipped = whole;
  flipped.back() ^= 1;
  std::ofstream{file(key_), std::ios::binary} << flipped;
  EXPECT_FALSE(cache.find(key_).has_value());
  cache.store(key_, "an answer");
  EXPECT_EQ(cache.find(key_), "an answer");
}

TEST_F(Cache, is_for_its_owner_alone_and_leaves_no_other_files) {
  ResponseCache cache{root_ / "cache"};
  cache.store(key_, "an answer");
  struct stat status = {};
  ASSERT_EQ(::stat((root_ / "cache").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  ASSERT_EQ(::stat(file(key_).c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  std::size_t files = 0;
  for (const auto& entry : fs::recursive_directory_iterator{root_})
    files += entry.is_regular_file();
  EXPECT_EQ(files, 1U);
}

TEST_F(Cache, does_not_follow_links) {
  ResponseCache cache{root_ / "cache"};
  cache.store(key_, "an answer");
  fs::rename(file(key_), root_ / "elsewhere");
  fs::create_symlink(root_ / "elsewhere", file(key_));
  EXPECT_FALSE(cache.find(key_).has_value());
}

TEST_F(Cache, many_writers_of_one_answer_do_no_harm) {
  ResponseCache one{root_ / "cache"};
  ResponseCache other{root_ / "cache"};
  std::vector<std::thread> writers;
  for (int i = 0; i < 8; ++i)
    writers.emplace_back([&, i] {
      for (int k = 0; k < 25; ++k) {
        (i % 2 == 0 ? one : other).store(key_, "an answer");
        EXPECT_EQ(one.find(key_), "an answer");
      }
    });
  for (std::thread& writer : writers) writer.join();
}

TEST_F(Cache, one_that_cannot_be_written_to_costs_no_answer) {
  ResponseCache cache{root_ / "cache"};
  fs::remove_all(root_ / "cache");
  std::ofstream{root_ / "cache"} << "a file in its place";
  cache.store(key_, "an answer");
  EXPECT_FALSE(cache.find(key_).has_value());
}

TEST_F(Cache, that_cannot_be_made_is_an_error) {
  fs::create_directories(root_);
  std::ofstream{root_ / "file"} << "x";
  EXPECT_THROW(ResponseCache{root_ / "file" / "cache"}, core::Error);
}

}  // namespace
}  // namespace foundation::endpoints
