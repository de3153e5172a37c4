#include <algorithm>
#include <array>
#include <vector>

#include "messaging/handshake.hpp"
#include "targets.hpp"

namespace foundation::fuzz {
namespace {

using messaging::ClientHandshake;
using messaging::HandshakeState;
using messaging::Nonce;
using messaging::ServerHandshake;
using messaging::SessionKey;
using Bytes = std::vector<std::byte>;

constexpr std::uint32_t ranks = 8;

/// How an input is read: who is attacked, what it comes from, and what the attacker sends.
struct Exchange {
  bool attacks_client = false;
  bool from_honest = false;  ///< what is sent is what an honest peer would send, changed
  std::size_t portion = 1;   ///< bytes that arrive at a time
  std::uint32_t rank = 0;
  Input sent;
};

Exchange parse(Input input) {
  constexpr std::size_t head = 3;
  if (input.size() < head) return {};
  const auto byte = [&input](std::size_t at) { return std::to_integer<std::uint32_t>(input[at]); };
  return {byte(0) % 2 == 1, byte(0) / 2 % 2 == 1, 1 + byte(1) % 80, byte(2), input.subspan(head)};
}

SessionKey session_key() {
  SessionKey key{.run = {1, 2}, .epoch = 3};
  key.secret.fill(std::byte{0x5A});
  return key;
}

Nonce nonce_of(std::uint8_t value) {
  Nonce nonce;
  nonce.fill(std::byte{value});
  return nonce;
}

/// The attacker's bytes: its own, or the honest ones with its own as a mask over them.
Bytes message(const Exchange& exchange, std::span<const std::byte> honest) {
  Bytes bytes{exchange.sent.begin(), exchange.sent.end()};
  for (std::size_t i = 0; exchange.from_honest && i < std::min(bytes.size(), honest.size()); ++i)
    bytes[i] ^= honest[i];
  return bytes;
}

/// As they would come from a socket, of which no more is read than is wanted.
template <class Handshake>
HandshakeState feed(Handshake& handshake, Input bytes, std::size_t portion) {
  auto state = handshake.feed({});
  while (!bytes.empty() && handshake.wanted() > 0) {
    const std::size_t size = std::min({portion, bytes.size(), handshake.wanted()});
    const std::size_t before = handshake.wanted();
    state = handshake.feed(bytes.first(size));
    require(state != HandshakeState::reading || handshake.wanted() > 0, "it waits for nothing");
    require(handshake.wanted() <= before || state == HandshakeState::reading,
            "it wants more after its verdict");
    bytes = bytes.subspan(size);
  }
  return state;
}

bool starts_with(const Bytes& bytes, std::span<const std::byte> honest) {
  return bytes.size() >= honest.size() &&
         std::ranges::equal(honest, Input{bytes}.first(honest.size()));
}

void attack_server(const Exchange& exchange) {
  const SessionKey key = session_key();
  ServerHandshake server{key, ranks, nonce_of(1)};
  ClientHandshake client{key, exchange.rank, nonce_of(2)};
  client.feed(server.challenge());
  const auto honest = client.take_response();
  const Bytes sent = message(exchange, honest);
  const HandshakeState state = feed(server, sent, exchange.portion);
  const bool complete = sent.size() >= messaging::response_bytes;
  const bool exists = exchange.rank > 0 && exchange.rank < ranks;
  require((state == HandshakeState::reading) == !complete, "a verdict on half a response");
  require((state == HandshakeState::accepted) == (exists && starts_with(sent, honest)),
          "a server accepts another response than that of a rank with the secret");
  if (state != HandshakeState::accepted) return;
  require(server.rank() == exchange.rank, "accepted as another rank");
  require(client.feed(server.proof()) == HandshakeState::accepted, "a server without proof");
}

/// The attacker has chosen a challenge and knows the answer to it, but not the secret.
void attack_client(const Exchange& exchange) {
  const SessionKey key = session_key();
  ServerHandshake server{key, ranks, nonce_of(1)};
  ClientHandshake client{key, exchange.rank, nonce_of(2)};
  client.feed(server.challenge());
  const auto response = client.take_response();
  require(response.size() == messaging::response_bytes, "no response to a challenge");
  server.feed(response);
  const bool known = server.state() == HandshakeState::accepted;
  const Bytes sent = message(exchange, known ? server.proof() : response.last(32));
  const HandshakeState state = feed(client, sent, exchange.portion);
  require((state == HandshakeState::reading) == (sent.size() < server.proof().size()),
          "a verdict on half a proof");
  require((state == HandshakeState::accepted) == (known && starts_with(sent, server.proof())),
          "a rank accepts a server without the secret");
  ClientHandshake other{key, exchange.rank, nonce_of(2)};
  feed(other, exchange.sent, exchange.portion);
  require(other.take_response().empty() == (exchange.sent.size() < server.challenge().size()),
          "a response before the challenge is complete, or none after it");
}

}  // namespace

void read_handshake(Input input) {
  const Exchange exchange = parse(input);
  return exchange.attacks_client ? attack_client(exchange) : attack_server(exchange);
}

}  // namespace foundation::fuzz
