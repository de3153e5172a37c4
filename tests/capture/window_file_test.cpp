#include "capture/window_file.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::capture {
namespace {

using namespace std::chrono_literals;

class WindowFileTest : public ::testing::Test {
 protected:
  static bool over(const Window&) { return true; }
  static bool not_over(const Window&) { return false; }

  testing::ScratchFolder scratch_;
  TraceFolder folder_{scratch_ / "."};
  WindowFile file_{folder_};
};

TEST_F(WindowFileTest, says_what_was_written) {
  EXPECT_TRUE(file_.read().empty());
  EXPECT_EQ(file_.size(), 0U);
  Window window{.id = 0xFEDCBA9876543210,
                .scope = parse_scope("ranks=0-3,8 classes=p2p,file from=250ms for=1ns"),
                .options = parse_window_options("label=\xc3\xa4,max_size=1GiB,strict"),
                .opened_wall_ns = 17};
  file_.open(window, not_over);
  const std::vector<Window> all = file_.read();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all[0].id, window.id);
  EXPECT_EQ(scope_text(all[0].scope), scope_text(window.scope));
  EXPECT_EQ(all[0].scope.from, 250ms);
  EXPECT_EQ(all[0].scope.length, 1ns);
  EXPECT_EQ(all[0].options.label, window.options.label);
  EXPECT_EQ(all[0].options.max_size, window.options.max_size);
  EXPECT_TRUE(all[0].options.strict);
  EXPECT_EQ(all[0].opened_wall_ns, 17);
  EXPECT_TRUE(all[0].is_open());
}

TEST_F(WindowFileTest, one_window_is_open_at_a_time) {
  file_.open({.id = 1, .scope = {}, .options = {}}, not_over);
  EXPECT_THROW(file_.open({.id = 2, .scope = {}, .options = {}}, not_over), core::Error);
  file_.open({.id = 3, .scope = {}, .options = {}, .opened_wall_ns = 5}, over);
  const std::vector<Window> all = file_.read();
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].closed_wall_ns, 5);
  EXPECT_EQ(open_window_of(all)->id, 3U);
  file_.close(3, 9);
  EXPECT_FALSE(open_window_of(file_.read()));
  EXPECT_EQ(file_.read()[1].closed_wall_ns, 9);
}

TEST_F(WindowFileTest, a_torn_or_foreign_line_costs_that_line_only) {
  file_.open({.id = 1, .scope = {}, .options = {}}, not_over);
  std::ofstream{folder_.windows(), std::ios::app}
      << "[1]\n{\"what\": \"open\", \"scope\": \"x=1\"}\n{\"what\": \"close\", \"id\": 5}\n{\"wh";
  ASSERT_EQ(file_.read().size(), 1U);
  EXPECT_TRUE(file_.read()[0].is_open());
}

}  // namespace
}  // namespace foundation::capture
