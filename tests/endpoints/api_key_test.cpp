#include "endpoints/api_key.hpp"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sys/stat.h>

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace foundation::endpoints {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class Key : public testing::Test {
 protected:
  ~Key() override { std::filesystem::remove(file_); }
  EndpointOptions with_file(const std::string& content, mode_t mode) {
    std::filesystem::remove(file_);
    std::ofstream{file_} << content;
    ::chmod(file_.c_str(), mode);
    EndpointOptions options;
    options.api_key_file = file_;
    return options;
  }
  /// The message; without the key, whatever it says.
  static std::string problem(const EndpointOptions& options) {
    try {
      const ApiKey key{options};
    } catch (const core::Error& error) {
      EXPECT_THAT(std::string{error.what()} + error.hint(), Not(HasSubstr("secret")));
      return error.what();
    }
    return "none";
  }

  std::string file_ = (std::filesystem::current_path() / "api_key_test.key").string();
};

TEST_F(Key, without_one_there_is_no_header) {
  const ApiKey key{EndpointOptions{}};
  EXPECT_FALSE(key.is_set());
  EXPECT_EQ(key.without_key("text"), "text");
}

TEST_F(Key, comes_from_a_file_that_is_for_its_owner_alone) {
  const ApiKey key{with_file("secret-1\n", 0600)};
  EXPECT_EQ(key.header(), "Authorization: Bearer secret-1");
  EXPECT_EQ(ApiKey{with_file("secret-1", 0400)}.header(), "Authorization: Bearer secret-1");
}

TEST_F(Key, a_file_that_others_may_read_is_refused) {
  EXPECT_THAT(problem(with_file("secret-1", 0640)), HasSubstr("others may read"));
  EXPECT_THAT(problem(with_file("secret-1", 0604)), HasSubstr("others may read"));
  EXPECT_THAT(problem(with_file("secret 1\nSecond: line", 0600)), HasSubstr("blanks"));
  EXPECT_THAT(problem(with_file(" \n", 0600)), HasSubstr("is empty"));
  EndpointOptions missing;
  missing.api_key_file = file_ + ".nowhere";
  EXPECT_THAT(problem(missing), HasSubstr("No such file"));
  EndpointOptions folder;
  folder.api_key_file = std::filesystem::current_path().string();
  EXPECT_THAT(problem(folder), HasSubstr("not a regular file"));
}

TEST_F(Key, comes_from_the_environment) {
  EndpointOptions options;
  options.api_key_env = "FOUNDATION_TEST_API_KEY";
  ::unsetenv("FOUNDATION_TEST_API_KEY");
  EXPECT_THAT(problem(options), HasSubstr("FOUNDATION_TEST_API_KEY holds no API key"));
  ::setenv("FOUNDATION_TEST_API_KEY", "secret-2", 1);
  EXPECT_EQ(ApiKey{options}.header(), "Authorization: Bearer secret-2");
  ::setenv("FOUNDATION_TEST_API_KEY", "secret-2\r\nX-Evil: 1", 1);
  EXPECT_THAT(problem(options), HasSubstr("blanks"));
  ::unsetenv("FOUNDATION_TEST_API_KEY");
}

TEST_F(Key, is_taken_out_of_texts) {
  const ApiKey key{with_file("secret-1", 0600)};
  EXPECT_THAT(key.without_key("secret-1 and again secret-1!"),
              AllOf(Not(HasSubstr("secret")), HasSubstr("[key] and again [key]!")));
}

}  // namespace
}  // namespace foundation::endpoints
