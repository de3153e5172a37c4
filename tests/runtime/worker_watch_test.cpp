#include "runtime/worker_watch.hpp"

#include <functional>
#include <thread>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "messaging/liveness_client.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::Loss;
using campaign::LossKind;
using campaign::WorkerIndex;
using messaging::LivenessClient;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr std::uint32_t ranks = 4;
constexpr core::Duration timeout = 10s;

/// A watch over ranks 1 to 3; its clock is moved by hand.
class WorkerWatchTest : public ::testing::Test {
 protected:
  void watch(bool sockets) {
    setup_ = {.sockets = sockets,
              .timeout = timeout,
              .key = messaging::make_session_key({1, 2}, 3),
              .endpoints = {}};
    watch_.emplace(setup_, std::vector<std::string>{"127.0.0.1"}, ranks);
    watch_->expect_all(now_);
  }
  /// Polls until `done`; keeps all losses. The clock stands still.
  void poll_until(const std::function<bool()>& done) {
    const core::Time deadline = core::monotonic_now() + 30s;
    while (!done()) {
      ASSERT_LT(core::monotonic_now(), deadline);
      for (Loss& loss : watch_->poll(now_)) losses_.push_back(std::move(loss));
      std::this_thread::sleep_for(1ms);
    }
  }
  /// Time passes in small steps, in which the ranks in `beating` are heard over MPI.
  void pass(core::Duration span, const std::vector<WorkerIndex>& beating) {
    for (core::Duration passed{0}; passed < span; passed += 500ms) {
      now_ = now_ + 500ms;
      for (const WorkerIndex rank : beating) watch_->heard(rank, now_);
      for (Loss& loss : watch_->poll(now_)) losses_.push_back(std::move(loss));
    }
  }
  LivenessClient connect(std::uint32_t rank) {
    std::optional<LivenessClient> client;
    std::atomic<bool> connected = false;
    std::jthread other{[&] {
      client.emplace(setup_.endpoints, setup_.key, rank, 20s);
      connected = true;
    }};
    poll_until([&] { return connected.load(); });
    other.join();
    return std::move(*client);
  }
  [[nodiscard]] std::vector<WorkerIndex> lost() const {
    std::vector<WorkerIndex> lost;
    for (const Loss& loss : losses_) lost.push_back(loss.worker);
    return lost;
  }
  static LivenessClient::Heard next_of(LivenessClient& client) {
    auto heard = LivenessClient::Heard::beat;
    while (heard == LivenessClient::Heard::beat) heard = client.wait(30s);
    return heard;
  }

  WatchSetup setup_;
  core::Time now_{3'600'000'000'000};
  std::optional<WorkerWatch> watch_;
  std::vector<Loss> losses_;
};

TEST_F(WorkerWatchTest, an_ended_process_is_lost_at_once_and_alone) {
  watch(true);
  std::optional<LivenessClient> first = connect(1);
  const LivenessClient second = connect(2);
  first.reset();
  poll_until([&] { return !losses_.empty(); });
  EXPECT_THAT(lost(), ElementsAre(1U));
  EXPECT_EQ(losses_.front().kind, LossKind::process_ended);
  EXPECT_TRUE(watch_->is_lost(1));
  EXPECT_FALSE(watch_->is_lost(2));
  EXPECT_EQ(watch_->watched(), 2U);
  EXPECT_EQ(watch_->lost(), 1U);
}

TEST_F(WorkerWatchTest, a_silent_rank_is_lost_and_its_connection_closed) {
  watch(true);
  LivenessClient frozen = connect(1);
  LivenessClient awake = connect(2);
  pass(timeout + 1s, {2, 3});
  EXPECT_THAT(lost(), ElementsAre(1U));
  EXPECT_EQ(losses_.front().kind, LossKind::silent);
  EXPECT_EQ(next_of(frozen), LivenessClient::Heard::gone) << "it is fenced";
  awake.beat();
  EXPECT_EQ(awake.wait(30s), LivenessClient::Heard::beat);
  pass(timeout, {1, 2, 3});
  EXPECT_THAT(lost(), ElementsAre(1U)) << "what it says after that changes nothing";
}

TEST_F(WorkerWatchTest, who_has_left_may_end) {
  watch(true);
  std::optional<LivenessClient> client = connect(1);
  watch_->left(1);
  client.reset();
  pass(timeout + 1s, {2, 3});
  EXPECT_THAT(losses_, IsEmpty());
  EXPECT_EQ(watch_->watched(), 2U);
}

TEST_F(WorkerWatchTest, ranks_without_a_connection_are_owed_heartbeats) {
  watch(true);
  const LivenessClient client = connect(2);
  EXPECT_THAT(watch_->owed_heartbeats(now_), ElementsAre(1U, 3U));
  EXPECT_THAT(watch_->owed_heartbeats(now_), IsEmpty()) << "not before the next interval";
  watch_->left(3);
  EXPECT_THAT(watch_->owed_heartbeats(now_ + heartbeat_interval), ElementsAre(1U));
}

TEST_F(WorkerWatchTest, without_sockets_messages_are_the_signs_of_life) {
  watch(false);
  EXPECT_THAT(setup_.endpoints, IsEmpty());
  pass(2s, {1, 2, 3});
  EXPECT_THAT(watch_->owed_heartbeats(now_), ElementsAre(1U, 2U, 3U));
  pass(timeout + 1s, {0, 1, 3});
  EXPECT_THAT(lost(), ElementsAre(2U));
}

TEST_F(WorkerWatchTest, a_rank_that_never_comes_up_is_lost) {
  watch(false);
  pass(59s, {1, 3});
  EXPECT_THAT(losses_, IsEmpty());
  pass(2s, {1, 3});
  EXPECT_THAT(lost(), ElementsAre(2U));
}

TEST_F(WorkerWatchTest, the_end_of_the_session_reaches_all_that_are_connected) {
  watch(true);
  LivenessClient first = connect(1);
  LivenessClient third = connect(3);
  watch_->say_leave();
  EXPECT_EQ(next_of(first), LivenessClient::Heard::leave);
  EXPECT_EQ(next_of(third), LivenessClient::Heard::leave);
}

TEST_F(WorkerWatchTest, where_nothing_can_be_listened_on_messages_have_to_do) {
  WatchSetup setup{.sockets = true, .timeout = timeout, .key = {}, .endpoints = {}};
  ::testing::internal::CaptureStderr();
  const WorkerWatch fallback{setup, {"192.0.2.1"}, ranks};
  EXPECT_THAT(::testing::internal::GetCapturedStderr(),
              ::testing::HasSubstr("watched by heartbeats over MPI"));
  EXPECT_FALSE(setup.sockets) << "the other ranks are told";
  setup.sockets = setup.insist = true;
  EXPECT_THROW(WorkerWatch(setup, {"192.0.2.1"}, ranks), core::Error);
}

TEST(HeartbeatInterval, leaves_room_for_several_in_any_limit) {
  EXPECT_EQ(interval_for(10s), heartbeat_interval);
  EXPECT_EQ(interval_for(1s), 200ms);
}

}  // namespace
}  // namespace foundation::runtime
