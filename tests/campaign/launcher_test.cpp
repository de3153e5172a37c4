#include "campaign/launcher.hpp"

#include "launcher_fixture.hpp"

namespace foundation::campaign {
namespace {

using namespace std::chrono_literals;
using launch::Outcome;
using launch::Signal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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

TEST_F(LauncherTest, relaunches_when_all_workers_are_lost) {
  begin();
  start();
  work();
  state_.note = EndNote{state_.epoch, 5, "the last worker is lost", failed_file, true};
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  tidy(200);
  EXPECT_EQ(probes_, 2);
  EXPECT_THAT(said_, HasSubstr("the last worker is lost"));
}

TEST_F(LauncherTest, all_workers_lost_in_the_last_moment_before_a_stop_is_a_failure) {
  begin();
  start();
  work();
  stop();
  state_.note = EndNote{state_.epoch, 5, "the last worker is lost", failed_file, true};
  look();
  end_process();
  tidy(200);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->note.exit_status, 5);
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
  watch(19);
  EXPECT_TRUE(signals_.empty());
  pass(2s);
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  EXPECT_TRUE(tidies_.at(0).everywhere);
  tidy(200);
  EXPECT_EQ(probes_, 2);
}

TEST_F(LauncherTest, the_start_lasts_until_the_journal_grows) {
  begin();
  start();
  pass(5s);
  claim();  // the other ranks take their time
  watch(24);
  EXPECT_TRUE(signals_.empty());
  pass(2s);
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  EXPECT_THAT(said_, HasSubstr("the ranks did not begin within 30s"));
}

TEST_F(LauncherTest, a_late_claim_is_given_the_time_of_a_silence) {
  begin();
  start();
  pass(29s);
  claim();
  watch(19);
  EXPECT_TRUE(signals_.empty());
  pass(2s);
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
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

}  // namespace
}  // namespace foundation::campaign
