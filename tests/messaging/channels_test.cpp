#include "messaging/channels.hpp"

#include <chrono>
#include <cstring>
#include <map>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "core/random.hpp"
#include "messaging/session.hpp"
#include "mpi_test_session.hpp"

namespace foundation::messaging {
namespace {

using Bytes = std::vector<std::byte>;

Bytes message_of(std::uint32_t number, std::size_t size) {
  Bytes bytes(std::max(size, sizeof number), static_cast<std::byte>(number & 0xFF));
  std::memcpy(bytes.data(), &number, sizeof number);
  return bytes;
}

std::uint32_t number_of(std::span<const std::byte> bytes) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data(), sizeof number);
  return number;
}

/// Without a message for so long, it is lost; the machine may be busy with much else.
constexpr std::chrono::seconds patience{60};

/// Calls `look` until it has found something or nothing has been found for too long. Lets others
/// run meanwhile: the peer may need this core.
template <class Look>
bool found_in_time(const Look& look) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (int in_vain = 0; !look(); ++in_vain) {
    if (std::chrono::steady_clock::now() >= deadline) return false;
    if (in_vain > 50) std::this_thread::yield();
    if (in_vain > 500) std::this_thread::sleep_for(std::chrono::microseconds{100});
  }
  return true;
}

/// Receives `count` messages, or as many as come.
template <class Handler>
int receive_count(Channels& channels, int count, Handler&& handler) {
  int received = 0;
  const auto receive = [&] {
    const auto incoming = channels.receive();
    if (incoming) handler(*incoming);
    return incoming.has_value();
  };
  while (received < count && found_in_time(receive)) ++received;
  return received;
}

void flush(Channels& channels) {
  static_cast<void>(found_in_time([&channels] {
    channels.progress();
    return channels.all_sent();
  }));
}

TEST(Channels, keep_order_within_sender_and_channel) {
  const Session& session = test_session();
  Channels channels{session};
  constexpr int each = 200;
  core::Stream sizes{7, core::Purpose::simulate, static_cast<std::uint32_t>(session.rank())};
  if (session.rank() != 0) {
    for (std::uint32_t number = 0; number < each; ++number)
      for (const Channel channel : {Channel::control, Channel::events, Channel::data})
        channels.send(0, channel, message_of(number, sizes.below(20'000)));
    flush(channels);
    EXPECT_TRUE(channels.all_sent());
    return;
  }
  std::map<std::pair<int, Channel>, std::uint32_t> next;
  const int expected = (session.size() - 1) * each * static_cast<int>(channel_count);
  const int received = receive_count(channels, expected, [&next](const Incoming& incoming) {
    EXPECT_EQ(number_of(incoming.bytes), (next[{incoming.from, incoming.channel}]++));
  });
  EXPECT_EQ(received, expected);
}

TEST(Channels, carry_every_size_unchanged) {
  const Session& session = test_session();
  Channels channels{session};
  const std::vector<std::size_t> sizes = {4, 5, 4095, 4096, 65'536, 1'000'001, 5'000'000};
  for (std::size_t i = 0; i < sizes.size(); ++i)
    channels.send((session.rank() + 1) % session.size(), Channel::data,
                  message_of(static_cast<std::uint32_t>(i), sizes[i]));
  const int received =
      receive_count(channels, static_cast<int>(sizes.size()), [&sizes](const Incoming& incoming) {
        const std::uint32_t number = number_of(incoming.bytes);
        ASSERT_LT(number, sizes.size());
        const Bytes expected = message_of(number, sizes[number]);
        EXPECT_TRUE(std::equal(expected.begin(), expected.end(), incoming.bytes.begin(),
                               incoming.bytes.end()));
      });
  EXPECT_EQ(received, static_cast<int>(sizes.size()));
  flush(channels);
  EXPECT_TRUE(channels.all_sent());
}

TEST(Channels, urgent_message_overtakes_waiting_data) {
  const Session& session = test_session();
  Channels channels{session};
  constexpr std::uint32_t waiting = 60;
  if (session.rank() == session.size() - 1) {
    for (std::uint32_t number = 0; number < waiting; ++number)
      channels.send(0, Channel::data, message_of(number, 100));
    channels.send(0, Channel::control, message_of(waiting, 100));
    if (session.rank() != 0) flush(channels);
  }
  static_cast<void>(session.gather(Bytes(1)));  // rank 0 waits until everything was sent
  if (session.rank() != 0) return;
  int place_of_control = -1;
  int place = 0;
  const int received = receive_count(channels, waiting + 1, [&](const Incoming& incoming) {
    if (incoming.channel == Channel::control) place_of_control = place;
    ++place;
  });
  EXPECT_EQ(received, static_cast<int>(waiting) + 1);
  EXPECT_GE(place_of_control, 0);
  EXPECT_LT(place_of_control, static_cast<int>(waiting));
}

TEST(Channels, no_message_is_lost_over_many_round_trips) {
  const Session& session = test_session();
  Channels channels{session};
  constexpr std::uint32_t most_rounds = 20'000;
  constexpr std::uint32_t over = most_rounds;  ///< says that no more rounds follow
  const int peer = session.rank() ^ 1;
  if (peer >= session.size()) return;
  const auto send = [&](std::uint32_t number, std::size_t size) {
    channels.send(peer, Channel::data, message_of(number, size));
  };
  if (session.rank() > peer) {
    bool goes_on = true;
    for (std::uint32_t next = 0; goes_on; ++next) {
      const int received = receive_count(channels, 1, [&](const Incoming& incoming) {
        goes_on = number_of(incoming.bytes) != over;
        if (!goes_on) return;
        EXPECT_EQ(number_of(incoming.bytes), next);
        send(next, 56);
      });
      ASSERT_EQ(received, 1) << "round " << next;
    }
    return flush(channels);
  }
  // On a busy machine each round waits for its turns on the cores: fewer of them have to do.
  const auto enough = std::chrono::steady_clock::now() + std::chrono::seconds{5};
  std::uint32_t round = 0;
  for (; round < most_rounds && std::chrono::steady_clock::now() < enough; ++round) {
    send(round, 24);
    const int received = receive_count(channels, 1, [&](const Incoming& incoming) {
      EXPECT_EQ(number_of(incoming.bytes), round);
    });
    ASSERT_EQ(received, 1) << "round " << round;
  }
  EXPECT_GT(round, 0U);
  send(over, 24);
  flush(channels);
}

/// Nobody receives on these channels: they stand for a dead peer.
TEST(Channels, nothing_is_owed_to_a_dropped_peer) {
  const Session& session = test_session();
  Channels channels{session};
  if (session.size() < 2 || session.rank() != 0) return channels.abandon();
  for (int i = 0; i < 50; ++i) channels.send(1, Channel::data, message_of(1, 1'000'000));
  channels.progress();
  EXPECT_FALSE(channels.all_sent_to(1));
  EXPECT_FALSE(channels.all_sent());
  channels.drop(1);
  channels.drop(1);
  EXPECT_TRUE(channels.all_sent());
  channels.send(1, Channel::control, message_of(2, 10));
  EXPECT_TRUE(channels.all_sent());
  channels.abandon();
}

TEST(Session, broadcast_reaches_every_rank) {
  const Session& session = test_session();
  Bytes bytes;
  if (session.rank() == 0) bytes = message_of(77, 3'000'000);
  session.broadcast(bytes);
  EXPECT_EQ(bytes, message_of(77, 3'000'000));
  EXPECT_GE(session.ranks_on_node(), 1);
  EXPECT_LE(session.ranks_on_node(), session.size());
}

TEST(Session, launch_is_read_from_the_environment) {
  const Launch launch = detect_launch();
  EXPECT_TRUE(launch.under_mpi);
  EXPECT_EQ(launch.expected_ranks, test_session().size());
}

TEST(Session, gathers_the_bytes_of_every_rank_on_rank_0) {
  const Session& session = test_session();
  const auto bytes_of = [](int rank) {
    return Bytes(static_cast<std::size_t>(rank) * 1000, static_cast<std::byte>(rank));
  };
  const auto gathered = session.gather(bytes_of(session.rank()));
  ASSERT_EQ(gathered.size(), session.rank() == 0 ? static_cast<std::size_t>(session.size()) : 0U);
  for (std::size_t rank = 0; rank < gathered.size(); ++rank)
    EXPECT_EQ(gathered[rank], bytes_of(static_cast<int>(rank)));
}

}  // namespace
}  // namespace foundation::messaging
