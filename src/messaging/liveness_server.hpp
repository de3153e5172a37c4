#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "messaging/endpoint.hpp"
#include "messaging/handshake.hpp"

namespace foundation::messaging {

/// Bytes on a liveness connection after the handshake.
inline constexpr std::byte beat_byte{'b'};   ///< both ways: a sign of life
inline constexpr std::byte leave_byte{'l'};  ///< server -> rank: the session is over

struct LivenessServerOptions {
  std::uint32_t ranks = 1;  ///< of the session; the server is on rank 0
  core::Duration beat_interval = std::chrono::milliseconds{500};
  core::Duration handshake_limit = std::chrono::seconds{5};
  std::uint32_t strangers = 32;  ///< connections without a handshake beyond one a rank
};

/// What happened to the connection of a rank.
struct ConnectionEvent {
  enum class Kind : std::uint8_t {
    opened,       ///< the rank has proven who it is
    heard,        ///< a sign of life
    closed,       ///< by the other side: its process ended
    unreachable,  ///< the other side does not answer: node or network
  };
  std::uint32_t rank = 0;
  Kind kind = Kind::heard;
  std::string detail{};  ///< of an end
};

/// Rank 0's end of the liveness connections, one a rank. The end of a process, and of a node or a
/// cable, shows as the end of its connection; beats in both directions show that somebody is
/// awake. Closing a connection ends the process at its other end: that fences a rank declared
/// lost. Nothing here waits. Whoever connects without the session's secret is closed and counted.
///
/// Local, one thread, no MPI. `key` outlives it. The constructor throws
/// core::Error{infrastructure} when no address can be listened on.
class LivenessServer {
 public:
  LivenessServer(const SessionKey& key, const std::vector<std::string>& addresses,
                 LivenessServerOptions options);
  ~LivenessServer();
  LivenessServer(LivenessServer&&) noexcept;
  LivenessServer& operator=(LivenessServer&&) noexcept;

  /// Where ranks may connect, best first.
  [[nodiscard]] const std::vector<Endpoint>& endpoints() const noexcept;
  /// Takes what has come and sends beats that are due. One system call when nothing has.
  [[nodiscard]] std::vector<ConnectionEvent> poll(core::Time now);
  /// Tells the rank that the session is over, so that the end of the connection is no alarm.
  void say_leave(std::uint32_t rank);
  /// Ends the rank's connection and with it the process there.
  void close(std::uint32_t rank);

  [[nodiscard]] bool is_connected(std::uint32_t rank) const noexcept;
  /// How long a sign of life to the rank and its acknowledgement take; nothing without a
  /// connection.
  [[nodiscard]] std::optional<core::Duration> round_trip(std::uint32_t rank) const noexcept;
  /// Connections that failed to prove who they are.
  [[nodiscard]] std::uint64_t refused() const noexcept;
  /// Connections that have not proven it yet.
  [[nodiscard]] std::size_t strangers() const noexcept;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace foundation::messaging
