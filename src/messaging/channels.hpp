#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "messaging/session.hpp"

namespace foundation::messaging {

/// Kinds of traffic, most urgent first: each has a communicator of its own, so that a large
/// message never delays a small urgent one. Channels are without order among each other; within
/// a channel the messages of one sender arrive in order.
enum class Channel : std::uint8_t {
  control,  ///< hello, recall, dismissal, farewell
  events,   ///< candidates
  data,     ///< leases and results
};
inline constexpr std::size_t channel_count = 3;

struct Incoming {
  int from = 0;
  Channel channel = Channel::control;
  std::span<const std::byte> bytes;  ///< valid until the next receive
};

/// Point-to-point messages between the ranks of a session. Nothing here waits for a peer: sends
/// are queued, at most two are under way to a peer on a channel, receives return at once. MPI
/// never reports a dead peer; a message to one never leaves, so tell by `drop`. Messages
/// beyond 256 KiB travel in parts, so that they never hold a channel up.
///
/// One thread at a time. Construction is **Collective**, everything else **Local**.
class Channels {
 public:
  explicit Channels(const Session& session);
  ~Channels();
  Channels(Channels&&) noexcept;
  Channels& operator=(Channels&&) noexcept;

  /// Copies the message; it leaves now or in a later `progress`.
  void send(int to, Channel channel, std::span<const std::byte> message);
  /// The next message that is there. Control and events overtake data: at most sixteen messages
  /// of data come before an urgent one that has arrived. What it points to is valid until the
  /// next call.
  [[nodiscard]] std::optional<Incoming> receive();
  /// The next `receive` looks for urgent messages, too: for callers that have slept.
  void expect_urgent() noexcept;
  /// Moves queued sends on. `receive` does it, too.
  void progress();
  /// Everything sent has left this process, except to peers that were dropped.
  [[nodiscard]] bool all_sent() const noexcept;
  /// The same for one peer.
  [[nodiscard]] bool all_sent_to(int peer) const noexcept;
  /// The peer is dead: nothing is sent to it any more, what is queued is thrown away, and what is
  /// under way stays where it is for ever, since MPI may still read it.
  void drop(int peer);
  /// Gives up all of it as it is, without another call of MPI. For sessions that are abandoned.
  void abandon() noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::messaging
