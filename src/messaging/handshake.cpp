#include "messaging/handshake.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>
#include <vector>
#include <sys/random.h>

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "core/contracts.hpp"
#include "core/error.hpp"

namespace foundation::messaging {
namespace {

constexpr std::uint32_t protocol_version = 1;
constexpr std::size_t rank_bytes = 4;
constexpr std::size_t nonce_bytes = 28;  ///< of the rank
constexpr std::string_view rank_role = "foundation liveness rank";
constexpr std::string_view server_role = "foundation liveness server";

using Proof = std::array<std::byte, 32>;

void fill_random(std::span<std::byte> bytes) {
  while (!bytes.empty()) {
    const ssize_t got = getrandom(bytes.data(), bytes.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) throw core::system_error("read", "the kernel's random numbers", errno);
    bytes = bytes.subspan(static_cast<std::size_t>(got));
  }
}

template <class Integer>
void append_integer(std::vector<std::byte>& bytes, Integer value) {
  for (std::size_t i = 0; i < sizeof value; ++i)
    bytes.push_back(static_cast<std::byte>(value >> (8 * i)));
}

void append(std::vector<std::byte>& bytes, std::span<const std::byte> more) {
  bytes.insert(bytes.end(), more.begin(), more.end());
}

/// The transcript under the secret. All its parts but the role have a fixed length.
Proof prove(const SessionKey& key, std::string_view role, std::uint32_t rank,
            const Nonce& challenge, std::span<const std::byte> rank_nonce) {
  std::vector<std::byte> transcript;
  append(transcript, std::as_bytes(std::span{role}));
  transcript.push_back(std::byte{0});
  append_integer(transcript, protocol_version);
  append_integer(transcript, key.run.high);
  append_integer(transcript, key.run.low);
  append_integer(transcript, key.epoch);
  append_integer(transcript, rank);
  append(transcript, challenge);
  append(transcript, rank_nonce);
  Proof proof;
  unsigned size = 0;
  const unsigned char* done =
      HMAC(EVP_sha256(), key.secret.data(), static_cast<int>(key.secret.size()),
           reinterpret_cast<const unsigned char*>(transcript.data()), transcript.size(),
           reinterpret_cast<unsigned char*>(proof.data()), &size);
  if (done == nullptr || size != proof.size())
    throw core::Error{core::ErrorKind::infrastructure, "HMAC-SHA256 is not available",
                      "look at the configuration of OpenSSL (openssl.cnf)"};
  return proof;
}

bool equal(std::span<const std::byte> left, std::span<const std::byte> right) {
  return left.size() == right.size() && CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

}  // namespace

SessionKey make_session_key(const core::Digest& run, std::uint32_t epoch) {
  SessionKey key{.run = run, .epoch = epoch};
  fill_random(key.secret);
  return key;
}

void forget(SessionKey& key) noexcept { OPENSSL_cleanse(key.secret.data(), key.secret.size()); }

Nonce fresh_nonce() {
  Nonce nonce;
  fill_random(nonce);
  return nonce;
}

HandshakeState ServerHandshake::feed(std::span<const std::byte> bytes) {
  EXPECTS(bytes.size() <= wanted());
  std::ranges::copy(bytes, response_.begin() + static_cast<std::ptrdiff_t>(have_));
  have_ += bytes.size();
  if (state_ != HandshakeState::reading || have_ < response_bytes) return state_;
  const std::span<const std::byte> response{response_};
  std::uint32_t rank = 0;
  for (std::size_t i = 0; i < rank_bytes; ++i)
    rank |= static_cast<std::uint32_t>(response[i]) << (8 * i);
  const auto nonce = response.subspan(rank_bytes, nonce_bytes);
  const bool known = equal(prove(*key_, rank_role, rank, challenge_, nonce),
                           response.subspan(rank_bytes + nonce_bytes));
  if (!known || rank == 0 || rank >= ranks_) return state_ = HandshakeState::refused;
  rank_ = rank;
  proof_ = prove(*key_, server_role, rank, challenge_, nonce);
  return state_ = HandshakeState::accepted;
}

HandshakeState ClientHandshake::feed(std::span<const std::byte> bytes) {
  EXPECTS(bytes.size() <= wanted());
  std::ranges::copy(bytes, incoming_.begin() + static_cast<std::ptrdiff_t>(have_));
  have_ += bytes.size();
  if (state_ != HandshakeState::reading || wanted() > 0) return state_;
  if (answered_)
    return state_ =
               equal(incoming_, expected_) ? HandshakeState::accepted : HandshakeState::refused;
  const auto nonce = std::span<const std::byte>{nonce_}.first(nonce_bytes);
  std::vector<std::byte> response;
  append_integer(response, rank_);
  append(response, nonce);
  append(response, prove(*key_, rank_role, rank_, incoming_, nonce));
  std::ranges::copy(response, response_.begin());
  expected_ = prove(*key_, server_role, rank_, incoming_, nonce);
  answered_ = true;
  have_ = 0;
  return state_;
}

std::span<const std::byte> ClientHandshake::take_response() noexcept {
  if (!answered_ || response_taken_) return {};
  response_taken_ = true;
  return response_;
}

}  // namespace foundation::messaging
