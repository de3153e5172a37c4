#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "core/hash.hpp"

namespace foundation::messaging {

/// What the ranks of one session share, and nobody else knows. Travels over MPI only.
struct SessionKey {
  std::array<std::byte, 32> secret{};
  core::Digest run;
  std::uint32_t epoch = 0;
};
/// With a secret from the kernel's random number generator. Throws core::Error{io}.
[[nodiscard]] SessionKey make_session_key(const core::Digest& run, std::uint32_t epoch);
/// Overwrites the secret.
void forget(SessionKey& key) noexcept;

using Nonce = std::array<std::byte, 32>;
/// Bytes nobody can foretell. Throws core::Error{io}.
[[nodiscard]] Nonce fresh_nonce();

/// How a rank and the liveness server prove to each other that they know the session's secret
/// (challenge and response with HMAC-SHA256, RFC 2104):
///
///     server -> rank    challenge (32 bytes)
///     rank -> server    rank (4 bytes, little endian), own nonce (28), proof (32)
///     server -> rank    proof (32)
///
/// Each proof covers protocol version, role, run, epoch, rank and both nonces, so a recorded
/// exchange proves nothing a second time, nor in another run, nor in the other direction. Bytes
/// in, bytes out: no socket, no clock. Proofs are compared in constant time.
enum class HandshakeState : std::uint8_t { reading, accepted, refused };
inline constexpr std::size_t response_bytes = 64;  ///< all a server reads before it knows the peer

class ServerHandshake {
 public:
  /// Accepts ranks from 1 to `ranks` - 1.
  ServerHandshake(const SessionKey& key, std::uint32_t ranks, const Nonce& challenge)
      : key_{&key}, ranks_{ranks}, challenge_{challenge} {}

  [[nodiscard]] std::span<const std::byte> challenge() const noexcept { return challenge_; }
  /// Never read more than this.
  [[nodiscard]] std::size_t wanted() const noexcept { return response_bytes - have_; }
  /// Takes at most `wanted()` bytes.
  HandshakeState feed(std::span<const std::byte> bytes);
  [[nodiscard]] HandshakeState state() const noexcept { return state_; }
  /// Once accepted.
  [[nodiscard]] std::uint32_t rank() const noexcept { return rank_; }
  [[nodiscard]] std::span<const std::byte> proof() const noexcept { return proof_; }

 private:
  const SessionKey* key_;
  std::uint32_t ranks_;
  Nonce challenge_;
  std::array<std::byte, response_bytes> response_{};
  std::size_t have_ = 0;
  HandshakeState state_ = HandshakeState::reading;
  std::uint32_t rank_ = 0;
  std::array<std::byte, 32> proof_{};
};

class ClientHandshake {
 public:
  ClientHandshake(const SessionKey& key, std::uint32_t rank, const Nonce& nonce)
      : key_{&key}, rank_{rank}, nonce_{nonce} {}

  /// Bytes of the server's next message that are missing.
  [[nodiscard]] std::size_t wanted() const noexcept { return incoming_.size() - have_; }
  /// Takes at most `wanted()` bytes. Look for a response after each call.
  HandshakeState feed(std::span<const std::byte> bytes);
  /// To be sent: the answer once the challenge is complete, empty otherwise. Given out once.
  [[nodiscard]] std::span<const std::byte> take_response() noexcept;

 private:
  const SessionKey* key_;
  std::uint32_t rank_;
  Nonce nonce_;
  std::array<std::byte, 32> incoming_{};
  std::size_t have_ = 0;
  bool answered_ = false;
  bool response_taken_ = false;
  HandshakeState state_ = HandshakeState::reading;
  std::array<std::byte, response_bytes> response_{};
  std::array<std::byte, 32> expected_{};
};

}  // namespace foundation::messaging
