#include "capture/window_follower.hpp"

#include <fstream>

#include <gtest/gtest.h>

#include "tests/journal/scratch_folder.hpp"
#include "tests/trace/child.hpp"
#include "trace/recorder.hpp"

namespace foundation::capture {
namespace {

using namespace std::chrono_literals;
namespace event_class = trace::event_class;

/// A recording that nobody writes to, the log beside it, and a clock that is set by hand.
class WindowFollowerTest : public ::testing::Test {
 protected:
  WindowFollowerTest() {
    const std::string path = recording_file();
    testing::in_child([&path] {
      if (trace::open_recorder({.path = path.c_str(), .control = event_class::communicator}) !=
          nullptr)
        _exit(1);
    });
    log_.started(1);
  }
  [[nodiscard]] std::string recording_file() const { return (scratch_ / "a-1.ftr").string(); }

  [[nodiscard]] WindowFollower make(std::optional<Window> own = {}) {
    WindowFollower follower{file_, {.rank = 1, .ranks = 4}, std::move(own)};
    follower.begin(now_, log_);
    return follower;
  }
  void after(std::chrono::milliseconds time, WindowFollower& follower) {
    now_ += time;
    follower.follow(now_, recording_, log_);
  }
  void open(std::uint64_t id, const std::string& scope = "", const std::string& options = "") {
    file_.open({.id = id, .scope = parse_scope(scope), .options = parse_window_options(options)},
               [](const Window&) { return true; });
  }
  [[nodiscard]] std::uint32_t control() const {
    alignas(trace::FileHeader) char bytes[sizeof(trace::FileHeader)];
    std::ifstream{recording_file(), std::ios::binary}.read(bytes, sizeof bytes);
    return reinterpret_cast<const trace::FileHeader*>(bytes)->control.load();
  }
  [[nodiscard]] std::vector<ProcessWindow> seen() const {
    return read_process_log(scratch_ / "a-1.process").windows;
  }

  static constexpr std::uint32_t off = event_class::communicator;

  testing::ScratchFolder scratch_;
  WindowFile file_{TraceFolder{scratch_ / "."}};
  ProcessLog log_{scratch_ / "a-1.process", {}};
  RecordingWatch recording_{recording_file()};
  WindowFollower::Clock::time_point now_{};
};

TEST_F(WindowFollowerTest, a_window_switches_its_classes_on_and_off) {
  WindowFollower follower = make();
  EXPECT_EQ(follower.first_classes(), off);
  open(7, "classes=p2p");
  after(1s, follower);
  EXPECT_EQ(control(), event_class::point_to_point | off);
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_EQ(seen()[0].id, 7U);
  EXPECT_EQ(seen()[0].state, WindowState::recording);
  EXPECT_EQ(seen()[0].to_ns, 0);
  file_.close(7, 1);
  after(1s, follower);
  EXPECT_EQ(control(), off);
  EXPECT_EQ(seen()[0].state, WindowState::closed);
  EXPECT_EQ(seen()[0].ended_by, "stop");
  EXPECT_GE(seen()[0].to_ns, seen()[0].from_ns);
}

TEST_F(WindowFollowerTest, who_is_not_in_the_scope_does_nothing) {
  WindowFollower follower = make();
  open(7, "ranks=0,2-3");
  after(1s, follower);
  EXPECT_EQ(control(), off);
  EXPECT_TRUE(seen().empty());
}

TEST_F(WindowFollowerTest, times_count_from_when_it_was_seen) {
  WindowFollower follower = make();
  open(7, "from=2s for=3s");
  after(1s, follower);
  EXPECT_EQ(seen().at(0).state, WindowState::waiting);
  EXPECT_LE(follower.next(now_), now_ + 2s);
  after(1999ms, follower);
  EXPECT_EQ(control(), off);
  after(1ms, follower);
  EXPECT_EQ(control(), event_class::all);
  after(2999ms, follower);
  EXPECT_EQ(control(), event_class::all);
  after(1ms, follower);
  EXPECT_EQ(control(), off);
  EXPECT_EQ(seen()[0].ended_by, "time");
  after(10s, follower);
  EXPECT_EQ(control(), off);
}

TEST_F(WindowFollowerTest, a_recording_that_has_grown_too_much_ends_it) {
  WindowFollower follower = make();
  open(7, "", "max_size=1MiB");
  after(1s, follower);
  EXPECT_EQ(control(), event_class::all);
  const auto before = recording_.bytes();
  std::fstream file{recording_file(), std::ios::in | std::ios::out | std::ios::binary};
  file.seekp(64 << 20);
  file << std::string(std::size_t{2} << 20, 'x');
  file.close();
  ASSERT_GT(recording_.bytes(), before + (1U << 20));
  after(1s, follower);
  EXPECT_EQ(control(), off);
  EXPECT_EQ(seen()[0].ended_by, "size");
}

TEST_F(WindowFollowerTest, the_jobs_own_window_is_on_from_the_start) {
  const Window own{.id = 3, .scope = parse_scope("classes=file"), .options = {}};
  WindowFollower follower = make(own);
  EXPECT_EQ(follower.first_classes(), event_class::file | off);
  EXPECT_EQ(seen().at(0).state, WindowState::recording);
  open(4);  // another one: somebody has closed the first
  after(1s, follower);
  EXPECT_EQ(control(), event_class::all);
  ASSERT_EQ(seen().size(), 2U);
  EXPECT_EQ(seen()[0].ended_by, "stop");
  follower.end(log_);
  EXPECT_EQ(seen()[1].ended_by, "exit");
}

TEST_F(WindowFollowerTest, who_starts_late_begins_with_the_window_that_is_open) {
  open(4, "classes=collective");
  const Window own{.id = 3, .scope = {}, .options = {}};
  EXPECT_EQ(make(own).first_classes(), event_class::collective | off);
  file_.close(4, 1);
  EXPECT_EQ(make(own).first_classes(), off);
}

TEST_F(WindowFollowerTest, without_a_recording_nothing_is_said_to_be_recorded) {
  RecordingWatch none{scratch_ / "none.ftr"};
  WindowFollower follower = make();
  open(7);
  now_ += 1s;
  follower.follow(now_, none, log_);
  EXPECT_TRUE(seen().empty());
  EXPECT_GT(follower.next(now_), now_) << "or its wrapper would not sleep";
}

/// What the program records before its wrapper runs again belongs to the window.
TEST_F(WindowFollowerTest, a_first_window_begins_before_the_program) {
  WindowFollower follower{
      file_, {.rank = 1, .ranks = 4}, Window{.id = 7, .scope = {}, .options = {}}};
  const core::Time started = core::monotonic_now();
  follower.begin(now_, log_);
  ASSERT_EQ(seen().size(), 1U);
  EXPECT_LE(seen()[0].from_ns, started.ns);
}

TEST_F(WindowFollowerTest, many_ranks_look_less_often) {
  WindowFollower few{file_, {.rank = 0, .ranks = 2}, {}};
  WindowFollower many{file_, {.rank = 0, .ranks = 2000}, {}};
  few.begin(now_, log_);
  many.begin(now_, log_);
  EXPECT_EQ(few.next(now_) - now_, 200ms);
  EXPECT_EQ(many.next(now_) - now_, 2s);
}

}  // namespace
}  // namespace foundation::capture
