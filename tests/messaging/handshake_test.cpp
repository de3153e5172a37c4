#include "messaging/handshake.hpp"

#include <algorithm>
#include <vector>

#include <gtest/gtest.h>

namespace foundation::messaging {
namespace {

using Bytes = std::vector<std::byte>;

constexpr std::uint32_t ranks = 8;

Bytes copy(std::span<const std::byte> bytes) { return {bytes.begin(), bytes.end()}; }

/// What rank `rank` answers to this server, knowing `key`.
Bytes response_of(const ServerHandshake& server, const SessionKey& key, std::uint32_t rank) {
  ClientHandshake client{key, rank, fresh_nonce()};
  client.feed(server.challenge());
  return copy(client.take_response());
}

class HandshakeTest : public ::testing::Test {
 protected:
  SessionKey key_ = make_session_key({1, 2}, 3);
  ServerHandshake server_{key_, ranks, fresh_nonce()};
};

TEST_F(HandshakeTest, both_sides_learn_that_the_other_knows_the_secret) {
  ClientHandshake client{key_, 5, fresh_nonce()};
  EXPECT_EQ(client.feed(server_.challenge()), HandshakeState::reading);
  const Bytes response = copy(client.take_response());
  EXPECT_EQ(response.size(), response_bytes);
  EXPECT_TRUE(client.take_response().empty()) << "given out once";
  EXPECT_EQ(server_.feed(response), HandshakeState::accepted);
  EXPECT_EQ(server_.rank(), 5U);
  EXPECT_EQ(client.feed(server_.proof()), HandshakeState::accepted);
}

TEST_F(HandshakeTest, comes_in_single_bytes) {
  ClientHandshake client{key_, 1, fresh_nonce()};
  for (const std::byte byte : server_.challenge()) client.feed({&byte, 1});
  const Bytes response = copy(client.take_response());
  for (std::size_t i = 0; i < response.size(); ++i) {
    EXPECT_EQ(server_.state(), HandshakeState::reading);
    EXPECT_EQ(server_.wanted(), response.size() - i);
    server_.feed({&response[i], 1});
  }
  EXPECT_EQ(server_.state(), HandshakeState::accepted);
  for (const std::byte byte : server_.proof()) client.feed({&byte, 1});
  EXPECT_EQ(client.feed({}), HandshakeState::accepted);
}

TEST_F(HandshakeTest, the_secret_never_travels) {
  const Bytes response = response_of(server_, key_, 1);
  server_.feed(response);
  const auto part = std::span{key_.secret}.first(8);
  for (const Bytes& sent : {copy(server_.challenge()), response, copy(server_.proof())})
    EXPECT_EQ(std::search(sent.begin(), sent.end(), part.begin(), part.end()), sent.end());
}

TEST_F(HandshakeTest, refuses_who_does_not_know_secret_run_or_epoch) {
  SessionKey other = make_session_key(key_.run, key_.epoch);
  EXPECT_EQ(server_.feed(response_of(server_, other, 1)), HandshakeState::refused);
  other = key_;
  other.epoch += 1;
  ServerHandshake second{key_, ranks, fresh_nonce()};
  EXPECT_EQ(second.feed(response_of(second, other, 1)), HandshakeState::refused);
  other = key_;
  other.run.low ^= 1;
  ServerHandshake third{key_, ranks, fresh_nonce()};
  EXPECT_EQ(third.feed(response_of(third, other, 1)), HandshakeState::refused);
}

TEST_F(HandshakeTest, refuses_a_replay) {
  const Bytes recorded = response_of(server_, key_, 1);
  EXPECT_EQ(server_.feed(recorded), HandshakeState::accepted);
  ServerHandshake later{key_, ranks, fresh_nonce()};
  EXPECT_EQ(later.feed(recorded), HandshakeState::refused);
}

TEST_F(HandshakeTest, refuses_ranks_that_do_not_exist_or_are_the_server) {
  for (const std::uint32_t rank : {0U, ranks, ranks + 1, ~0U}) {
    ServerHandshake server{key_, ranks, fresh_nonce()};
    EXPECT_EQ(server.feed(response_of(server, key_, rank)), HandshakeState::refused) << rank;
  }
}

TEST_F(HandshakeTest, every_bit_of_the_response_counts) {
  const Bytes response = response_of(server_, key_, 1);
  for (std::size_t bit = 0; bit < 8 * response.size(); ++bit) {
    ServerHandshake server = server_;
    Bytes flipped = response;
    flipped[bit / 8] ^= std::byte{1} << (bit % 8);
    ASSERT_EQ(server.feed(flipped), HandshakeState::refused) << bit;
  }
}

TEST_F(HandshakeTest, a_rank_refuses_a_server_without_the_secret) {
  ClientHandshake client{key_, 1, fresh_nonce()};
  client.feed(server_.challenge());
  const Bytes response = copy(client.take_response());
  // Reflected: what the rank itself has sent proves nothing.
  ClientHandshake reflected = client;
  EXPECT_EQ(reflected.feed(std::span{response}.last(32)), HandshakeState::refused);
  server_.feed(response);
  Bytes proof = copy(server_.proof());
  proof.front() ^= std::byte{1};
  EXPECT_EQ(client.feed(proof), HandshakeState::refused);
}

TEST(SessionKey, is_new_each_time_and_can_be_forgotten) {
  SessionKey key = make_session_key({}, 1);
  EXPECT_NE(key.secret, make_session_key({}, 1).secret);
  forget(key);
  EXPECT_EQ(key.secret, SessionKey{}.secret);
}

}  // namespace
}  // namespace foundation::messaging
