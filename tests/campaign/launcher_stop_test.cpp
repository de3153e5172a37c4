#include "campaign/launcher.hpp"
#include "launcher_fixture.hpp"

namespace foundation::campaign {
namespace {

using namespace std::chrono_literals;
using launch::Outcome;
using launch::Signal;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

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
  lose_run();
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  end_process();
  tidy(1000);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
  EXPECT_THAT(finish_->reason, HasSubstr("another process has taken over the run"));
}

TEST_F(LauncherTest, another_owner_is_left_alone_whenever_it_comes) {
  begin();
  start();
  work();
  state_.owner_gone = true;
  look();
  end_process();
  lose_run();  // while what is left is ended
  look();
  tidy(1000);
  ASSERT_TRUE(finish_);
  EXPECT_THAT(finish_->reason, HasSubstr("another process has taken over the run"));

  finish_.reset();
  begin();
  break_off(200);
  lose_run();  // while hosts are asked
  look();
  start();
  ASSERT_TRUE(finish_);
  EXPECT_THAT(finish_->reason, HasSubstr("another process has taken over the run"));
}

TEST_F(LauncherTest, another_owner_is_not_taken_for_rank_0) {
  begin();
  start();
  state_.epoch += 1;  // rank 0's, which nobody has seen before the next one came
  lose_run();
  look();
  EXPECT_THAT(signals_, ElementsAre(Signal::terminate));
  note(0);  // not its own
  end_process();
  tidy(1000);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::failed);
}

TEST_F(LauncherTest, its_own_ranks_may_claim_more_than_one_epoch) {
  begin();
  start();
  work();  // sets damage aside
  work();  // and begins
  EXPECT_TRUE(signals_.empty());
  note(0);
  end_process();
  tidy(300);
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
}

TEST_F(LauncherTest, an_answer_that_comes_between_two_attempts_counts) {
  begin();
  start();
  work();
  end_process();
  tidy(200);
  note(0);  // rank 0 was on a host that nobody could reach
  start();
  ASSERT_TRUE(finish_);
  EXPECT_EQ(finish_->outcome, Outcome::noted);
  EXPECT_EQ(starts_.size(), 1U);
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

}  // namespace
}  // namespace foundation::campaign
