#include "campaign/liveness.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::campaign {
namespace {

using namespace std::chrono_literals;
using core::Duration;
using core::Time;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class LivenessTest : public ::testing::Test {
 protected:
  /// Passes time in steps of 100 ms, with a heartbeat each 500 ms of the peers in `beating`.
  std::vector<Loss> pass(Duration span, const std::vector<WorkerIndex>& beating) {
    std::vector<Loss> losses;
    for (Duration passed{0}; passed < span; passed += 100ms) {
      now_ = now_ + 100ms;
      if (passed % 500ms == 0ms)
        for (const WorkerIndex peer : beating) watch_.heard(peer, now_);
      for (Loss& loss : watch_.tick(now_)) losses.push_back(std::move(loss));
    }
    return losses;
  }
  Liveness watch_{{.timeout = 10s, .start_limit = 60s}};
  Time now_{Time{} + 1h};
};

TEST_F(LivenessTest, keeps_those_who_beat) {
  EXPECT_THAT(pass(120s, {1, 2, 3}), IsEmpty());
  EXPECT_EQ(watch_.watched(), 3U);
}

TEST_F(LivenessTest, notices_silence_within_the_limit_and_a_second) {
  pass(5s, {1, 2});
  EXPECT_THAT(pass(9s, {1}), IsEmpty());
  const auto losses = pass(2s, {1});
  ASSERT_THAT(losses, SizeIs(1));
  EXPECT_EQ(losses[0].worker, 2U);
  EXPECT_EQ(losses[0].kind, LossKind::silent);
  EXPECT_EQ(losses[0].reason, "no sign of life for 10s");
  EXPECT_TRUE(watch_.is_lost(2));
}

TEST_F(LivenessTest, a_verdict_is_final_and_given_once) {
  pass(1s, {1, 2});
  EXPECT_THAT(pass(30s, {1}), SizeIs(1));
  EXPECT_THAT(pass(30s, {1, 2}), IsEmpty()) << "it came back too late";
  EXPECT_TRUE(watch_.is_lost(2));
  EXPECT_FALSE(watch_.connection_ended(2, ConnectionEnd::closed, "end of file"));
  EXPECT_EQ(watch_.lost(), 1U);
}

TEST_F(LivenessTest, tells_a_crash_from_a_cut_cable) {
  pass(1s, {1, 2});
  const auto crash = watch_.connection_ended(1, ConnectionEnd::closed, "end of file");
  ASSERT_TRUE(crash);
  EXPECT_EQ(crash->kind, LossKind::process_ended);
  EXPECT_THAT(crash->reason, HasSubstr("its process ended"));
  const auto cut = watch_.connection_ended(2, ConnectionEnd::unreachable, "timed out");
  ASSERT_TRUE(cut);
  EXPECT_EQ(cut->kind, LossKind::connection_lost);
}

TEST_F(LivenessTest, those_who_took_their_leave_may_be_silent) {
  pass(1s, {1, 2});
  watch_.left(2);
  EXPECT_THAT(pass(60s, {1}), IsEmpty());
  EXPECT_FALSE(watch_.connection_ended(2, ConnectionEnd::closed, "end of file"));
  EXPECT_EQ(watch_.watched(), 1U);
}

TEST_F(LivenessTest, waits_longer_for_those_who_come_up) {
  watch_.expect(1, now_);
  EXPECT_THAT(pass(59s, {2}), IsEmpty());
  const auto losses = pass(2s, {2});
  ASSERT_THAT(losses, SizeIs(1));
  EXPECT_THAT(losses[0].reason, HasSubstr("not come up within"));
}

TEST_F(LivenessTest, its_own_pause_is_nobodys_silence) {
  pass(5s, {1, 2, 3});
  for (int pause = 0; pause < 20; ++pause) {
    now_ = now_ + 45s;  // nothing was heard of anybody: the watcher stood still
    EXPECT_THAT(watch_.tick(now_), IsEmpty());
    EXPECT_THAT(pass(3s, {1, 2, 3}), IsEmpty());
  }
}

TEST_F(LivenessTest, its_own_pause_before_its_first_look_is_nobodys_silence) {
  watch_.expect(1, now_);
  watch_.heard(2, now_);
  now_ = now_ + 90s;
  EXPECT_THAT(watch_.tick(now_), IsEmpty());
  EXPECT_THAT(pass(5s, {1, 2}), IsEmpty());
}

TEST_F(LivenessTest, a_pause_of_its_own_does_not_save_the_dead) {
  pass(5s, {1, 2});
  pass(5s, {1});
  now_ = now_ + 20s;
  EXPECT_THAT(watch_.tick(now_), IsEmpty());
  EXPECT_THAT(pass(9s, {1}), IsEmpty());
  EXPECT_THAT(pass(2s, {1}), SizeIs(1));
}

/// A machine so loaded that neither watcher nor peers run when they want to: ticks up to 2 s
/// apart, heartbeats up to 5 s apart.
TEST_F(LivenessTest, no_false_verdict_under_load) {
  core::Stream chance{7, core::Purpose::program, 0, 0, 0};
  std::vector<Time> next(8, now_);
  for (int step = 0; step < 100'000; ++step) {
    now_ = now_ + Duration{static_cast<std::int64_t>(chance.uniform() * 2e9)};
    for (WorkerIndex peer = 0; peer < next.size(); ++peer) {
      if (next[peer] > now_) continue;
      watch_.heard(peer, now_);
      next[peer] = now_ + Duration{static_cast<std::int64_t>(chance.uniform() * 5e9)};
    }
    ASSERT_THAT(watch_.tick(now_), IsEmpty()) << step;
  }
}

}  // namespace
}  // namespace foundation::campaign
