#include "trace/names.hpp"

#include <atomic>
#include <cerrno>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>

#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"
#include "trace/recording.hpp"

namespace foundation::trace {
namespace {

using testing::in_child;

class NamesTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::string file() const { return (folder_ / "rank.ftr").string(); }
  void open_or_die(std::uint64_t definitions_bytes = std::uint64_t{1} << 26) const {
    const std::string path = file();
    if (open_recorder({.path = path.c_str(), .definitions_bytes = definitions_bytes}) != nullptr)
      _exit(101);
  }
  static std::uint32_t region(const std::string& name) {
    return id_of_name(RegionRole::program, name.c_str(), "", "", 0);
  }
  /// Definitions of regions in the file, as they stand there without their heads.
  [[nodiscard]] std::vector<std::string> defined() const {
    std::vector<std::string> texts;
    Recording{file()}.visit_definitions([&](DefinitionType, std::span<const std::byte> payload) {
      texts.emplace_back(reinterpret_cast<const char*>(payload.data()) + sizeof(RegionDefinition),
                         payload.size() - sizeof(RegionDefinition));
    });
    return texts;
  }

  testing::ScratchFolder folder_;
};

TEST_F(NamesTest, without_a_recorder_there_are_none) {
  EXPECT_EQ(in_child([] {
              if (region("solve") != 0) _exit(1);
            }),
            0);
}

TEST_F(NamesTest, the_same_text_has_one_id_and_one_definition) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              errno = 77;
              const auto id = [](RegionRole role, const char* unit, std::uint32_t line) {
                return id_of_name(role, "pressure", unit, "a.c", line);
              };
              const std::uint32_t first = id(RegionRole::counter, "Pa", 1);
              if (first == 0 || id(RegionRole::counter, "Pa", 2) != first) _exit(1);
              if (id(RegionRole::counter, "bar", 3) == first) _exit(2);
              if (id(RegionRole::mark, "Pa", 4) == first) _exit(3);
              if (errno != 77) _exit(4);
            }),
            0);
  using namespace std::string_literals;
  EXPECT_EQ(defined(),
            (std::vector{"pressure\0a.c\0Pa\0"s, "pressure\0a.c\0bar\0"s, "pressure\0a.c\0Pa\0"s}));
}

TEST_F(NamesTest, texts_that_are_cut_alike_are_the_same) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              const std::string kept(name_limit, 'x');
              if (region(kept + "y") != region(kept + "z")) _exit(1);
              if (region(kept) != region(kept + "y")) _exit(2);
              if (region(kept.substr(1)) == region(kept)) _exit(3);
            }),
            0);
  EXPECT_EQ(defined().size(), 2U);
}

TEST_F(NamesTest, threads_agree) {
  constexpr int threads = 4;
  constexpr int names = 500;
  ASSERT_EQ(in_child([this] {
              open_or_die();
              std::vector<std::vector<std::uint32_t>> ids(threads);
              std::vector<std::thread> all;
              for (auto& mine : ids)
                all.emplace_back([&mine] {
                  for (int i = 0; i < names; ++i) mine.push_back(region(std::to_string(i)));
                });
              for (std::thread& it : all) it.join();
              for (const auto& mine : ids)
                if (mine != ids.front()) _exit(1);
            }),
            0);
  EXPECT_EQ(defined().size(), std::size_t{names});
}

TEST_F(NamesTest, those_without_an_id_are_counted) {
  ASSERT_EQ(in_child([this] {
              open_or_die();
              for (std::uint32_t i = 1; i <= 0xFFFF; ++i)
                if (region(std::to_string(i)) != i) _exit(1);
              if (region("one more") != no_name || region("1") != 1) _exit(2);
            }),
            0);
  EXPECT_EQ(Recording{file()}.facts().definitions_dropped, 1U);
}

TEST_F(NamesTest, those_without_room_are_counted) {
  ASSERT_EQ(in_child([this] {
              open_or_die(4096);
              if (region("first") != 1) _exit(1);
              const std::string lengthy(name_limit, 'x');
              if (region(lengthy) != 2) _exit(2);
              if (region(lengthy.substr(1)) == no_name) _exit(3);
              if (region(lengthy.substr(2)) != no_name) _exit(4);
              if (region("first") != 1) _exit(5);
            }),
            0);
  EXPECT_EQ(Recording{file()}.facts().definitions_dropped, 1U);
}

}  // namespace
}  // namespace foundation::trace
