#include "campaign/launcher.hpp"

#include <gmock/gmock.h>

#include "core/random.hpp"

namespace foundation::campaign {
namespace {

using namespace std::chrono_literals;
using launch::Outcome;
using launch::Signal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

/// A launcher with a clock of its own and what it wanted so far.
class LauncherTest : public ::testing::Test {
 protected:
  LauncherTest() {
    options_.hosts = {{"a", 2}, {"b", 2}};
    options_.ranks = 4;
    options_.max_relaunches = 2;
    options_.start_timeout = 30s;
    options_.silence_timeout = 20s;
  }

  void begin() {
    launcher_.emplace(options_, RunState{4, false, 0, std::nullopt}, 100, now_);
    state_.epoch = 4;
    collect();
  }
  void start(std::vector<std::string> reachable = {"a", "b"}) {
    launcher_->probed(reachable, "others: silent", now_);
    collect();
  }
  /// The ranks have begun and write.
  void work() {
    ++state_.epoch;
    state_.journal_bytes = 0;
    state_.note.reset();
    state_.owner_gone = false;
    look();
    grow();
  }
  void grow() {
    state_.journal_bytes += 10;
    look();
  }
  void look() {
    launcher_->looked(state_, now_);
    collect();
  }
  void note(int exit_status) {
    state_.note = EndNote{state_.epoch, exit_status, "because", note_file(exit_status)};
    look();
  }
  void pass(core::Duration span) {
    for (core::Duration step = 1s; span > core::Duration::zero(); span -= step) {
      now_ = now_ + std::min(step, span);
      launcher_->tick(now_);
      collect();
    }
  }
  void stop(bool interrupt = true) {
    launcher_->stop("stopped by SIGINT", interrupt, now_);
    collect();
  }
  void end_process() {
    launcher_->ended("mpirun ended with status 1", now_);
    collect();
  }
  void tidy(std::uint64_t evaluations) {
    launcher_->tidied(evaluations, now_);
    collect();
  }
  /// An attempt that brings the journal to so many evaluations and then breaks off.
  void break_off(std::uint64_t evaluations) {
    start();
    work();
    end_process();
    tidy(evaluations);
  }

  void collect() {
    for (launch::Action& action : launcher_->take_actions()) {
      if (auto* say = std::get_if<launch::Say>(&action)) {
        said_ += say->text + "\n";
      } else if (auto* signal = std::get_if<Signal>(&action)) {
        signals_.push_back(*signal);
      } else if (auto* finish = std::get_if<launch::Finish>(&action)) {
        finish_ = *finish;
      } else if (auto* start = std::get_if<launch::Start>(&action)) {
        starts_.push_back(*start);
      } else if (auto* tidy = std::get_if<launch::Tidy>(&action)) {
        tidies_.push_back(*tidy);
      } else {
        ++probes_;
      }
    }
  }

  LauncherOptions options_;
  core::Time now_{1'000'000'000};
  std::optional<Launcher> launcher_;
  RunState state_;
  std::string said_;
  std::vector<Signal> signals_;
  std::vector<launch::Start> starts_;
  std::vector<launch::Tidy> tidies_;
  int probes_ = 0;
  std::optional<launch::Finish> finish_;
};

TEST_F(LauncherTest, a_run_that_goes_well) {
  begin();
  EXPECT_EQ(probes_, 1);
  EXPECT_TRUE(starts_.empty());
  start();
  ASSERT_EQ(starts_.size(), 1U);
  EXPECT_EQ(starts_[0].ranks, 4U);
  EXPECT_EQ(format_hosts(starts_[0].hosts), "a:2,b:2");
  work();
  note(0);
  end_process();
  ASSERT_EQ(tidies_.size(), 1U);
  EXPECT_FALSE(tidies_[0].everywhere);
  EXPECT_FALSE(finish_);
  tidy(400);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
  EXPECT_EQ(finish_->note.exit_status, 0);
  EXPECT_TRUE(signals_.empty());
  EXPECT_EQ(said_, "");
}

TEST_F(LauncherTest, the_note_counts_and_not_how_the_process_ended) {
  for (const int status : {0, 3, 4, 5, 70}) {
    begin();
    start();
    work();
    note(status);
    end_process();
    tidy(100);
    ASSERT_EQ(finish_->outcome, Outcome::noted);
    EXPECT_EQ(finish_->note.exit_status, status);
  }
}

TEST_F(LauncherTest, an_earlier_note_does_not_count) {
  state_.note = EndNote{4, 0, "long ago", {}};
  begin();
  start();
  look();
  end_process();
  tidy(100);
  EXPECT_FALSE(finish_);
  EXPECT_EQ(probes_, 2);
}

TEST_F(LauncherTest, claim_and_note_in_one_look_are_enough) {
  begin();
  start();
  state_.epoch = 5;
  note(0);
  end_process();
  tidy(100);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, ends_a_process_that_stays_after_the_note_step_by_step) {
  begin();
  start();
  work();
  note(0);
  pass(1900ms);
  EXPECT_TRUE(signals_.empty());
  pass(200ms);
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  pass(2s);
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate, Signal::terminate));
  pass(2s);
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate, Signal::terminate, Signal::kill));
  end_process();
  EXPECT_TRUE(tidies_.at(0).everywhere);
  tidy(100);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, gives_up_on_a_process_that_cannot_be_killed) {
  begin();
  start();
  work();
  note(0);
  pass(60s);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_EQ(starts_.size(), 1U);
}

TEST_F(LauncherTest, relaunches_when_the_process_ends_without_a_note) {
  begin();
  break_off(412);
  start();
  ASSERT_EQ(starts_.size(), 2U);
  EXPECT_EQ(starts_[1].attempt, 2U);
  EXPECT_THAT(said_, HasSubstr("mpirun ended with status 1 before the run was over"));
  EXPECT_THAT(said_, HasSubstr("relaunching on a:2,b:2: attempt 2, 412 evaluations kept"));
  work();
  note(0);
  end_process();
  tidy(500);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, relaunches_when_rank_0_is_silent) {
  begin();
  start();
  work();
  for (int second = 0; second < 60; ++second) {
    pass(1s);
    grow();
  }
  EXPECT_TRUE(signals_.empty());
  for (int second = 0; second < 19; ++second) {
    pass(1s);
    look();
  }
  EXPECT_TRUE(signals_.empty());
  pass(2s);
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  EXPECT_TRUE(tidies_.at(0).everywhere);
  tidy(200);
  EXPECT_EQ(probes_, 2);
}

TEST_F(LauncherTest, relaunches_when_the_owner_is_gone) {
  begin();
  start();
  work();
  state_.owner_gone = true;
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  EXPECT_THAT(said_, HasSubstr("the process of rank 0 is gone"));
}

TEST_F(LauncherTest, a_note_of_an_owner_that_is_gone_counts) {
  begin();
  start();
  work();
  state_.owner_gone = true;
  note(0);
  EXPECT_TRUE(signals_.empty());
  end_process();
  tidy(100);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, an_answer_that_comes_while_a_failed_attempt_is_ended_counts) {
  begin();
  start();
  work();
  state_.owner_gone = true;
  look();
  note(0);
  end_process();
  tidy(100);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, a_frozen_rank_0_that_drains_when_its_attempt_is_ended_does_not_end_the_run) {
  begin();
  start();
  work();
  pass(21s);
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  note(3);
  end_process();
  tidy(200);
  EXPECT_FALSE(finish_);
  EXPECT_EQ(probes_, 2);
}

TEST_F(LauncherTest, the_same_counts_if_the_user_has_asked_for_it) {
  begin();
  start();
  work();
  stop();
  pass(21s);
  look();
  note(3);
  end_process();
  tidy(200);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, the_start_has_a_limit) {
  begin();
  start();
  pass(29s);
  EXPECT_TRUE(signals_.empty());
  pass(2s);
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  EXPECT_THAT(said_, HasSubstr("did not begin within 30s"));
}

TEST_F(LauncherTest, a_start_that_fails_the_same_way_again_is_not_tried) {
  begin();
  start();
  end_process();
  tidy(100);
  EXPECT_FALSE(finish_);
  start();
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_THAT(finish_->reason, HasSubstr("mpirun ended with status 1 before the ranks had begun"));
  EXPECT_EQ(starts_.size(), 1U);
}

TEST_F(LauncherTest, a_start_that_fails_is_tried_on_other_hosts) {
  begin();
  start();
  end_process();
  tidy(100);
  start({"b"});
  ASSERT_EQ(starts_.size(), 2U);
  EXPECT_EQ(format_hosts(starts_[1].hosts), "b:2");
}

TEST_F(LauncherTest, attempts_without_progress_are_bounded) {
  begin();
  for (int attempt = 0; attempt < 3; ++attempt) {
    EXPECT_FALSE(finish_);
    break_off(100);
  }
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_EQ(starts_.size(), 3U) << "the first and two relaunches";
}

TEST_F(LauncherTest, attempts_with_progress_are_not_counted) {
  begin();
  for (std::uint64_t attempt = 1; attempt < 50; ++attempt) break_off(100 + attempt);
  EXPECT_FALSE(finish_);
  for (int attempt = 0; attempt < 2; ++attempt) break_off(149);
  EXPECT_TRUE(finish_);
}

TEST_F(LauncherTest, no_relaunch_if_none_is_allowed) {
  options_.max_relaunches = 0;
  begin();
  break_off(1000);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_THAT(finish_->reason, HasSubstr("before the run was over"));
}

TEST_F(LauncherTest, leaves_out_hosts_without_an_answer) {
  begin();
  start({"b"});
  ASSERT_EQ(starts_.size(), 1U);
  EXPECT_EQ(starts_[0].ranks, 2U);
  EXPECT_THAT(said_, HasSubstr("left out, no answer: others: silent"));
  EXPECT_THAT(said_, HasSubstr("2 of 4 ranks, on b:2"));
}

TEST_F(LauncherTest, uses_the_room_of_other_hosts) {
  options_.ranks = 2;
  begin();
  start({"b"});
  EXPECT_EQ(starts_.at(0).ranks, 2U);
}

TEST_F(LauncherTest, without_hosts_it_fails_and_says_what_was_tried) {
  begin();
  start({});
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_EQ(finish_->reason, "no host is left; no answer: others: silent");
}

TEST_F(LauncherTest, with_too_few_ranks_it_fails) {
  options_.min_ranks = 3;
  begin();
  start({"a"});
  ASSERT_TRUE(finish_);
  EXPECT_THAT(finish_->reason, HasSubstr("only 2 ranks fit on the hosts that are left (a:2)"));
}

TEST_F(LauncherTest, leaves_the_choice_of_hosts_to_the_process_manager) {
  options_.hosts.clear();
  begin();
  start({});
  ASSERT_EQ(starts_.size(), 1U);
  EXPECT_EQ(starts_[0].ranks, 4U);
  EXPECT_TRUE(starts_[0].hosts.empty());
}

TEST_F(LauncherTest, another_owner_ends_it) {
  begin();
  start();
  work();
  ++state_.epoch;
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  tidy(1000);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_THAT(finish_->reason, HasSubstr("another process has taken over the run"));
}

TEST_F(LauncherTest, a_stop_is_passed_on_once) {
  begin();
  start();
  work();
  stop();
  pass(5s);
  grow();
  stop(false);
  EXPECT_THAT(signals_, ElementsAre(Signal::drain));
  note(3);
  end_process();
  tidy(200);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
  EXPECT_FALSE(finish_->hurried);
}

TEST_F(LauncherTest, a_stop_waits_until_the_ranks_can_take_it) {
  begin();
  start();
  ++state_.epoch;
  look();
  stop();
  EXPECT_TRUE(signals_.empty());
  grow();
  EXPECT_THAT(signals_, ElementsAre(Signal::drain));
}

TEST_F(LauncherTest, a_stop_before_the_start_starts_nothing) {
  begin();
  stop();
  start();
  EXPECT_TRUE(starts_.empty());
  EXPECT_EQ(finish_->outcome, Outcome::stopped);
}

TEST_F(LauncherTest, a_stop_during_the_start_ends_it) {
  begin();
  start();
  stop();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  tidy(100);
  EXPECT_EQ(finish_->outcome, Outcome::stopped);
  EXPECT_EQ(finish_->reason, "stopped by SIGINT");
}

TEST_F(LauncherTest, a_stopped_attempt_without_a_note_is_not_repeated) {
  begin();
  start();
  work();
  stop(false);
  end_process();
  tidy(200);
  EXPECT_EQ(finish_->outcome, Outcome::stopped);
}

TEST_F(LauncherTest, a_stop_while_it_tidies_up_is_the_end) {
  begin();
  start();
  work();
  end_process();
  stop();
  tidy(200);
  EXPECT_EQ(finish_->outcome, Outcome::stopped);
}

TEST_F(LauncherTest, a_second_interrupt_kills_at_once) {
  begin();
  start();
  work();
  stop();
  stop();
  EXPECT_THAT(signals_, ElementsAre(Signal::drain, Signal::kill));
  end_process();
  tidy(200);
  EXPECT_EQ(finish_->outcome, Outcome::stopped);
  EXPECT_TRUE(finish_->hurried);
}

TEST_F(LauncherTest, its_own_standing_still_shortens_nobodys_time) {
  begin();
  start();
  now_ = now_ + 10min;
  launcher_->tick(now_);
  collect();
  EXPECT_TRUE(signals_.empty()) << "the start has its time still";
  work();
  now_ = now_ + 10min;
  look();
  EXPECT_TRUE(signals_.empty()) << "so has the journal";
  for (int second = 0; second < 22; ++second) {
    pass(1s);
    look();
  }
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
}

/// A world that does anything at any time, and checks what it is asked for.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : chance_{seed, core::Purpose::simulate} {
    options_.hosts = {{"a", 1}, {"b", 2}, {"c", 1}};
    options_.ranks = 3;
    options_.max_relaunches = pick(4);
    options_.start_timeout = 10s;
    options_.silence_timeout = 10s;
    launcher_.emplace(options_, state_, 0, now_);
  }

  /// Steps until it has finished.
  int run() {
    int steps = 0;
    while (!launcher_->finished() && steps < 100'000) {
      ++steps;
      act();
      event();
    }
    act();
    return steps;
  }
  [[nodiscard]] bool finished_once() const { return finishes_ == 1; }

 private:
  std::uint32_t pick(std::uint32_t count) {
    return static_cast<std::uint32_t>(chance_.below(count));
  }

  void act() {
    for (const launch::Action& action : launcher_->take_actions()) {
      EXPECT_EQ(finishes_, 0) << "nothing follows the end";
      if (std::holds_alternative<launch::Probe>(action)) probing_ = true;
      if (const auto* start = std::get_if<launch::Start>(&action)) begin(*start);
      if (std::holds_alternative<launch::Tidy>(action)) {
        EXPECT_FALSE(running_) << "nobody tidies up under a living process";
        tidying_ = true;
      }
      if (const auto* signal = std::get_if<Signal>(&action)) {
        if (*signal == Signal::kill && pick(4) > 0) dying_ = true;
        if (*signal == Signal::terminate && pick(3) == 0) dying_ = true;
      }
      if (std::holds_alternative<launch::Finish>(action)) ++finishes_;
    }
  }

  void begin(const launch::Start& start) {
    EXPECT_FALSE(running_) << "never two at once";
    EXPECT_EQ(start.attempt, ++attempts_);
    EXPECT_GE(start.ranks, 1U);
    EXPECT_EQ(start.ranks, count_ranks(start.hosts));
    fruitless_ = evaluations_ > before_ ? 0 : fruitless_ + 1;
    EXPECT_LE(fruitless_, options_.max_relaunches + 1);
    before_ = evaluations_;
    running_ = true;
    claimed_ = dying_ = false;
  }

  void event() {
    now_ = now_ + std::chrono::milliseconds{pick(pick(20) == 0 ? 20'000 : 2'000)};
    if (probing_ && pick(2) == 0) return answer_probe();
    if (tidying_ && pick(2) == 0) {
      tidying_ = false;
      return launcher_->tidied(evaluations_, now_);
    }
    if (running_ && (dying_ || pick(40) == 0)) {
      launcher_->looked(state_, now_);
      running_ = false;
      return launcher_->ended("it ended", now_);
    }
    if (running_ && pick(3) == 0) change_run();
    if (pick(200) == 0) launcher_->stop("stop", pick(2) == 0, now_);
    if (pick(2) == 0) launcher_->looked(state_, now_);
    launcher_->tick(now_);
  }

  void answer_probe() {
    probing_ = false;
    std::vector<std::string> reachable;
    for (const char* name : {"a", "b", "c"})
      if (pick(5) > 0) reachable.emplace_back(name);
    launcher_->probed(reachable, "others", now_);
  }

  void change_run() {
    if (!claimed_) {
      claimed_ = true;
      ++state_.epoch;
      state_ = RunState{state_.epoch, false, 0, std::nullopt};
      return;
    }
    switch (pick(30)) {
      case 0: state_.note = EndNote{state_.epoch, 0, "", {}}; break;
      case 1: state_.owner_gone = true; break;
      case 2:
        if (evaluations_ < 30) ++evaluations_;
        break;
      default: state_.journal_bytes += 1;
    }
  }

  core::Stream chance_;
  LauncherOptions options_;
  std::optional<Launcher> launcher_;
  core::Time now_{};
  RunState state_;
  std::uint64_t evaluations_ = 0;
  std::uint64_t before_ = 0;
  std::uint32_t attempts_ = 0;
  std::uint32_t fruitless_ = 0;
  bool probing_ = false;
  bool running_ = false;
  bool tidying_ = false;
  bool claimed_ = false;
  bool dying_ = false;
  int finishes_ = 0;
};

TEST(LauncherAtRandom, always_ends_and_never_runs_two_at_once) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    RandomWorld world{seed};
    EXPECT_LT(world.run(), 100'000) << "seed " << seed;
    EXPECT_TRUE(world.finished_once()) << "seed " << seed;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace foundation::campaign
