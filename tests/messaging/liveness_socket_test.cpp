#include <functional>
#include <thread>
#include <utility>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "messaging/liveness_client.hpp"
#include "messaging/liveness_server.hpp"

namespace foundation::messaging {
namespace {

using namespace std::chrono_literals;
using Kind = ConnectionEvent::Kind;

/// A connection that follows no protocol.
class Raw {
 public:
  explicit Raw(const Endpoint& to) : socket_{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)} {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(to.port);
    inet_pton(AF_INET, to.address.c_str(), &address.sin_addr);
    EXPECT_EQ(connect(socket_, reinterpret_cast<sockaddr*>(&address), sizeof address), 0);
  }
  Raw(Raw&& other) noexcept : socket_{std::exchange(other.socket_, -1)} {}
  Raw& operator=(Raw&&) = delete;
  ~Raw() {
    if (socket_ >= 0) close(socket_);
  }
  void say(std::size_t bytes) {
    const std::vector<char> text(bytes, 'x');
    ASSERT_EQ(send(socket_, text.data(), bytes, MSG_NOSIGNAL), static_cast<ssize_t>(bytes));
  }
  /// Whether the server has closed it, after what it had to say.
  [[nodiscard]] bool is_closed() const {
    char byte = 0;
    ssize_t got = 0;
    while ((got = recv(socket_, &byte, 1, MSG_DONTWAIT)) > 0) {
    }
    return got == 0 || errno == ECONNRESET;
  }

 private:
  int socket_;
};

class LivenessSocketTest : public ::testing::Test {
 protected:
  /// Polls the server until `done`; keeps all events.
  void poll_until(const std::function<bool()>& done) {
    const core::Time deadline = core::monotonic_now() + 30s;
    while (!done()) {
      ASSERT_LT(core::monotonic_now(), deadline);
      for (ConnectionEvent& event : server_.poll(now())) events_.push_back(std::move(event));
      std::this_thread::sleep_for(1ms);
    }
  }
  /// A rank connects while the server polls.
  LivenessClient connect(std::uint32_t rank) {
    std::optional<LivenessClient> client;
    std::thread other{[&] { client.emplace(server_.endpoints(), key_, rank, 20s); }};
    poll_until([&] { return server_.is_connected(rank); });
    other.join();
    return std::move(*client);
  }
  [[nodiscard]] bool has(std::uint32_t rank, Kind kind) const {
    return std::ranges::any_of(events_, [&](const ConnectionEvent& event) {
      return event.rank == rank && event.kind == kind;
    });
  }
  /// The server's clock, moved on by hand.
  [[nodiscard]] core::Time now() const { return core::monotonic_now() + ahead_; }

  SessionKey key_ = make_session_key({1, 2}, 3);
  LivenessServer server_{key_, {"127.0.0.1"}, {.ranks = 4, .beat_interval = 50ms, .strangers = 3}};
  std::vector<ConnectionEvent> events_;
  core::Duration ahead_{0};
};

TEST_F(LivenessSocketTest, carries_beats_both_ways) {
  LivenessClient client = connect(2);
  EXPECT_TRUE(has(2, Kind::opened));
  client.beat();
  poll_until([&] { return has(2, Kind::heard); });
  poll_until([&] { return client.wait(1ms) == LivenessClient::Heard::beat; });
  EXPECT_EQ(server_.refused(), 0U);
}

TEST_F(LivenessSocketTest, knows_how_far_a_rank_is) {
  EXPECT_FALSE(server_.round_trip(2)) << "nobody is there";
  LivenessClient client = connect(2);
  const auto span = server_.round_trip(2);
  ASSERT_TRUE(span);
  EXPECT_GT(*span, 0ns);
  EXPECT_LT(*span, 10s);
  server_.close(2);
  EXPECT_FALSE(server_.round_trip(2));
}

TEST_F(LivenessSocketTest, tells_the_end_of_a_process) {
  std::optional<LivenessClient> client = connect(1);
  client.reset();
  poll_until([&] { return has(1, Kind::closed); });
  EXPECT_EQ(events_.back().detail, "connection closed");
  EXPECT_FALSE(server_.is_connected(1));
}

TEST_F(LivenessSocketTest, fences_by_closing) {
  LivenessClient client = connect(3);
  server_.close(3);
  while (client.wait(10s) == LivenessClient::Heard::beat) {
  }
  EXPECT_EQ(client.wait(10s), LivenessClient::Heard::gone);
  EXPECT_THROW(LivenessClient(server_.endpoints(), key_, 3, 1ms), core::Error)
      << "nobody answers, and a fenced rank does not come back";
}

TEST_F(LivenessSocketTest, a_fenced_rank_does_not_come_back) {
  server_.close(3);
  std::optional<std::string> failure;
  std::thread other{[&] {
    try {
      const LivenessClient client{server_.endpoints(), key_, 3, 1s};
    } catch (const core::Error& error) {
      failure = error.what();
    }
  }};
  poll_until([&] { return server_.refused() > 0; });
  const core::Time deadline = core::monotonic_now() + 3s;
  poll_until([&] { return core::monotonic_now() > deadline; });
  other.join();
  EXPECT_TRUE(failure);
  EXPECT_FALSE(has(3, Kind::opened));
}

TEST_F(LivenessSocketTest, announces_the_end_of_the_session) {
  LivenessClient client = connect(1);
  server_.say_leave(1);
  auto heard = LivenessClient::Heard::nothing;
  while ((heard = client.wait(10s)) == LivenessClient::Heard::beat) {
  }
  EXPECT_EQ(heard, LivenessClient::Heard::leave);
}

TEST_F(LivenessSocketTest, a_wait_can_be_ended) {
  LivenessClient client = connect(1);
  client.wake();
  auto heard = LivenessClient::Heard::beat;
  while (heard == LivenessClient::Heard::beat) heard = client.wait(60s);  // else the test times out
  EXPECT_EQ(heard, LivenessClient::Heard::nothing);
}

TEST_F(LivenessSocketTest, closes_and_counts_who_talks_something_else) {
  Raw scanner{server_.endpoints().front()};
  scanner.say(500);
  poll_until([&] { return server_.refused() == 1; });
  EXPECT_TRUE(scanner.is_closed());
  EXPECT_EQ(server_.strangers(), 0U);
  LivenessClient client = connect(1);
  EXPECT_TRUE(events_.size() >= 1);
}

TEST_F(LivenessSocketTest, closes_who_takes_too_long) {
  Raw silent{server_.endpoints().front()};
  Raw slow{server_.endpoints().front()};
  slow.say(1);
  poll_until([&] { return server_.strangers() == 2; });
  ahead_ = 6s;
  poll_until([&] { return server_.refused() == 2; });
  EXPECT_TRUE(silent.is_closed());
  EXPECT_TRUE(slow.is_closed());
}

TEST_F(LivenessSocketTest, many_silent_strangers_keep_nobody_out) {
  std::vector<Raw> flood;
  for (int i = 0; i < 40; ++i) {
    flood.emplace_back(server_.endpoints().front());
    for (ConnectionEvent& event : server_.poll(now())) events_.push_back(std::move(event));
    EXPECT_LE(server_.strangers(), 7U) << "ranks and strangers";
  }
  LivenessClient client = connect(1);
  EXPECT_GE(server_.refused(), 33U);
  EXPECT_TRUE(flood.front().is_closed()) << "the oldest go first";
}

TEST_F(LivenessSocketTest, a_second_connection_of_a_rank_is_refused) {
  LivenessClient first = connect(1);
  std::thread other{
      [&] { EXPECT_THROW(LivenessClient(server_.endpoints(), key_, 1, 500ms), core::Error); }};
  poll_until([&] { return server_.refused() > 0; });
  const core::Time deadline = core::monotonic_now() + 3s;
  poll_until([&] { return core::monotonic_now() > deadline; });
  other.join();
  EXPECT_TRUE(server_.is_connected(1));
}

TEST(LivenessClient, tells_what_it_tried) {
  const SessionKey key = make_session_key({}, 1);
  try {
    const LivenessClient client{{{"127.0.0.1", 1}, {"no address", 2}}, key, 7, 10ms};
    FAIL() << "connected to nobody";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::infrastructure);
    EXPECT_THAT(error.what(), ::testing::HasSubstr("rank 7 cannot reach rank 0"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("127.0.0.1 port 1: Connection refused"));
    EXPECT_THAT(error.what(), ::testing::HasSubstr("no address port 2"));
  }
}

TEST(LivenessServer, needs_an_address) {
  const SessionKey key = make_session_key({}, 1);
  EXPECT_THROW(LivenessServer(key, {}, {.ranks = 2}), core::Error);
  EXPECT_THROW(LivenessServer(key, {"203.0.113.7"}, {.ranks = 2}), core::Error);
}

}  // namespace
}  // namespace foundation::messaging
