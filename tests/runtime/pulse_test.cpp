#include "runtime/pulse.hpp"

#include <atomic>
#include <future>
#include <mutex>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "messaging/liveness_server.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using messaging::ConnectionEvent;
using messaging::LivenessServer;
using ::testing::ExitedWithCode;

constexpr auto patience = 60s;
const int gone_status = core::exit_status(core::ErrorKind::infrastructure);

template <class Condition>
bool comes_true(const Condition& condition) {
  const core::Time deadline = core::monotonic_now() + patience;
  while (!condition() && core::monotonic_now() < deadline) std::this_thread::sleep_for(1ms);
  return condition();
}

/// A rank 0 on a thread of its own: it polls its server until it is told to stand still.
class Coordinator {
 public:
  explicit Coordinator(core::Duration timeout)
      : setup_{.sockets = true,
               .timeout = timeout,
               .key = messaging::make_session_key({}, 1),
               .endpoints = {}} {
    server_.emplace(setup_.key, std::vector<std::string>{"127.0.0.1"},
                    messaging::LivenessServerOptions{.ranks = 2, .beat_interval = 20ms});
    setup_.endpoints = server_->endpoints();
    thread_ = std::jthread{[this](const std::stop_token& stop) { poll(stop); }};
  }

  [[nodiscard]] const WatchSetup& setup() const noexcept { return setup_; }
  [[nodiscard]] int beats() const noexcept { return beats_; }
  [[nodiscard]] bool lost_a_connection() const noexcept { return closed_; }
  void stand_still() {
    thread_.request_stop();
    thread_.join();
  }
  void say_leave() {
    const std::lock_guard lock{mutex_};
    server_->say_leave(1);
  }
  void end() {
    const std::lock_guard lock{mutex_};
    server_->close(1);
  }

 private:
  void poll(const std::stop_token& stop) {
    for (; !stop.stop_requested(); std::this_thread::sleep_for(1ms)) {
      const std::lock_guard lock{mutex_};
      for (const ConnectionEvent& event : server_->poll(core::monotonic_now())) {
        if (event.kind == ConnectionEvent::Kind::heard) ++beats_;
        if (event.kind == ConnectionEvent::Kind::closed) closed_ = true;
      }
    }
  }

  WatchSetup setup_;
  std::mutex mutex_;
  std::optional<LivenessServer> server_;
  std::atomic<int> beats_ = 0;
  std::atomic<bool> closed_ = false;
  std::jthread thread_;
};

/// A link to a coordinator that sends heartbeats for as long as it is not silent.
class BeatingLink final : public Link {
 public:
  std::optional<std::span<const std::byte>> receive() override {
    if (silent || std::exchange(received_, !received_)) return std::nullopt;
    pack(MessageKind::heartbeat, message_);
    return message_;
  }
  void send(messaging::Channel /*channel*/, std::span<const std::byte> message) override {
    if (kind_of(message) == MessageKind::heartbeat) ++beats;
  }
  bool flushed() override { return true; }
  void wait() override { std::this_thread::sleep_for(1ms); }
  void came() override {}
  void expect_urgent() override {}

  std::atomic<bool> silent = false;
  std::atomic<int> beats = 0;

 private:
  bool received_ = false;
  Bytes message_;
};

class NoEvaluator final : public LeaseEvaluator {
 public:
  void evaluate(const campaign::LeaseQueue::Work&, ResultsMessage&) override {}
};

/// A process with this pulse, in which nothing else ends.
template <class Then>
void live(const WatchSetup& setup, bool end_with_session, const Then& then) {
  const Pulse pulse{setup, 1, end_with_session};
  then();
  std::this_thread::sleep_for(patience);
}

void lose_the_connection() {
  Coordinator coordinator{60s};
  live(coordinator.setup(), false, [&] { coordinator.end(); });
}

void lose_a_coordinator_that_stands_still() {
  Coordinator coordinator{200ms};
  live(coordinator.setup(), false, [&] { coordinator.stand_still(); });
}

void work_on_after_the_session() {
  Coordinator coordinator{60s};
  live(coordinator.setup(), true, [&] { coordinator.say_leave(); });
}

WatchSetup without_sockets(core::Duration timeout) {
  return {.timeout = timeout, .key = {}, .endpoints = {}};
}

/// A worker that is watched by messages, until none come any more.
void lose_a_silent_link() {
  BeatingLink link;
  NoEvaluator evaluator;
  WorkerHost worker{link, evaluator, campaign::WorkerRecord{.host = "here", .reason = {}}};
  Pulse pulse{without_sockets(200ms), 1, false};
  pulse.attach(worker);
  static_cast<void>(comes_true([&] { return link.beats >= 3; }));
  link.silent = true;
  std::this_thread::sleep_for(patience);
}

/// What ends the process is tried in one of its own, which starts this test from its beginning.
class PulseTest : public ::testing::Test {
 protected:
  PulseTest() { GTEST_FLAG_SET(death_test_style, "threadsafe"); }
};

TEST_F(PulseTest, beats_over_its_connection_whatever_the_slots_do) {
  Coordinator coordinator{60s};
  {
    const Pulse pulse{coordinator.setup(), 1, false};
    EXPECT_TRUE(comes_true([&] { return coordinator.beats() >= 3; }));
    EXPECT_FALSE(coordinator.lost_a_connection());
  }
  EXPECT_TRUE(comes_true([&] { return coordinator.lost_a_connection(); }));
}

TEST_F(PulseTest, ends_the_process_with_its_connection) {
  EXPECT_EXIT(lose_the_connection(), ExitedWithCode(gone_status),
              "the coordinator is gone .[Cc]onnection (closed|reset by peer)");
}

TEST_F(PulseTest, ends_the_process_when_the_coordinator_stands_still) {
  EXPECT_EXIT(lose_a_coordinator_that_stands_still(), ExitedWithCode(gone_status),
              "the coordinator is gone .no sign of life");
}

TEST_F(PulseTest, ends_a_process_that_works_on_after_the_session) {
  EXPECT_EXIT(work_on_after_the_session(), ExitedWithCode(0), "");
}

TEST_F(PulseTest, leaves_that_to_mpi_where_there_is_no_launcher) {
  Coordinator coordinator{60s};
  const Pulse pulse{coordinator.setup(), 1, false};
  coordinator.say_leave();
  coordinator.end();  // after that word it is no alarm
  std::this_thread::sleep_for(2s);
}

TEST_F(PulseTest, beats_through_the_worker_where_there_is_no_connection) {
  BeatingLink link;
  NoEvaluator evaluator;
  WorkerHost worker{link, evaluator, campaign::WorkerRecord{.host = "here", .reason = {}}};
  Pulse pulse{without_sockets(60s), 1, false};
  pulse.attach(worker);
  EXPECT_TRUE(comes_true([&] { return link.beats >= 3; }));
  EXPECT_GT(worker.messages(), 0U);
}

TEST_F(PulseTest, ends_the_process_when_no_message_comes_any_more) {
  EXPECT_EXIT(lose_a_silent_link(), ExitedWithCode(gone_status),
              "the coordinator is gone .no sign of life");
}

TEST_F(PulseTest, without_a_way_to_connect_messages_have_to_do) {
  const auto connect = [](bool insist) {
    WatchSetup setup = without_sockets(60s);
    setup.sockets = true;
    setup.insist = insist;
    const Pulse pulse{setup, 1, false};
  };
  auto insisting = std::async(std::launch::async, connect, true);
  auto modest = std::async(std::launch::async, connect, false);
  EXPECT_THROW(insisting.get(), core::Error);
  EXPECT_NO_THROW(modest.get());
}

}  // namespace
}  // namespace foundation::runtime
