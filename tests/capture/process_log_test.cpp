#include "capture/process_log.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/journal/scratch_folder.hpp"

namespace foundation::capture {
namespace {

ProcessFacts some_facts() {
  ProcessFacts facts;
  facts.host = "node7";
  facts.rank = 3;
  facts.ranks = 8;
  facts.command = "./app \"quoted\" \xff";
  facts.started_wall_ns = 1'700'000'000'000'000'000;
  return facts;
}

TEST(ProcessLog, says_what_was_written) {
  const testing::ScratchFolder folder;
  ProcessLog log{folder / "a.process", some_facts()};
  log.started(4711);
  log.sample({.wall_ns = 5, .cpu_s = 0.5, .resident_bytes = 4096, .threads = 2});
  EXPECT_EQ(read_process_log(folder / "a.process").ending, Ending::running);
  log.ended({.ending = Ending::signalled, .code = 9, .cpu_s = 1.5, .peak_bytes = 8192});
  const ProcessFacts facts = read_process_log(folder / "a.process");
  EXPECT_EQ(facts.host, "node7");
  EXPECT_EQ(facts.process, 4711);
  EXPECT_EQ(facts.rank, 3);
  EXPECT_EQ(facts.ending, Ending::signalled);
  EXPECT_EQ(facts.signal, 9);
  EXPECT_EQ(facts.exit_status, -1);
  EXPECT_EQ(facts.cpu_s, 1.5);
  EXPECT_EQ(facts.peak_bytes, 8192U);
  ASSERT_EQ(facts.samples.size(), 1U);
  EXPECT_EQ(facts.samples[0].threads, 2U);
  const ProcessFacts quick = read_process_log(folder / "a.process", Samples::skip);
  EXPECT_TRUE(quick.samples.empty());
  EXPECT_EQ(quick.signal, 9);
}

TEST(ProcessLog, keeps_the_course_of_each_window) {
  const testing::ScratchFolder folder;
  ProcessLog log{folder / "a.process", some_facts()};
  log.window(1, WindowState::waiting, core::Time{10});
  log.window(1, WindowState::recording, core::Time{20});
  log.window(1, WindowState::closed, core::Time{30}, "time");
  log.window(2, WindowState::recording, core::Time{40});
  log.window(3, WindowState::closed, core::Time{50}, "stop");
  const auto windows = read_process_log(folder / "a.process").windows;
  ASSERT_EQ(windows.size(), 3U);
  EXPECT_EQ(windows[0].from_ns, 20);
  EXPECT_EQ(windows[0].to_ns, 30);
  EXPECT_EQ(windows[0].ended_by, "time");
  EXPECT_EQ(windows[1].state, WindowState::recording);
  EXPECT_EQ(windows[1].to_ns, 0);
  EXPECT_EQ(windows[2].from_ns, 0) << "it was never recorded";
  EXPECT_EQ(windows[2].to_ns, 0);
}

TEST(ProcessLog, is_watched_until_it_is_released) {
  const testing::ScratchFolder folder;
  ProcessLog log{folder / "a.process", some_facts()};
  EXPECT_TRUE(is_watched(folder / "a.process"));
  log.release();
  EXPECT_FALSE(is_watched(folder / "a.process"));
  EXPECT_FALSE(is_watched(folder / "none.process"));
}

TEST(ProcessLog, a_torn_or_foreign_line_costs_that_line_only) {
  const testing::ScratchFolder folder;
  {
    ProcessLog log{folder / "a.process", some_facts()};
    log.started(4711);
  }
  std::ofstream{folder / "a.process", std::ios::app}
      << "[1]\n{\"what\": \"sample\", \"at\": \"x\"}\n{\"what\": \"exi";
  const ProcessFacts facts = read_process_log(folder / "a.process");
  EXPECT_EQ(facts.process, 4711);
  EXPECT_EQ(facts.ending, Ending::running);
  EXPECT_TRUE(facts.samples.empty());
}

}  // namespace
}  // namespace foundation::capture
