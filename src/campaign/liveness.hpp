#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "campaign/lease.hpp"
#include "core/time.hpp"

namespace foundation::campaign {

/// Why a worker counts as lost.
enum class LossKind : std::uint8_t {
  process_ended,    ///< a crash: counts against the cells it held
  connection_lost,  ///< of node, network or power: nobody's fault
  silent,           ///< it is connected but gives no sign of life: frozen
};

struct Loss {
  WorkerIndex worker = 0;
  LossKind kind = LossKind::silent;
  std::string reason;
};

/// How a connection came to its end.
enum class ConnectionEnd : std::uint8_t { closed, unreachable };

struct LivenessOptions {
  core::Duration timeout = std::chrono::seconds{10};      ///< of silence
  core::Duration start_limit = std::chrono::seconds{60};  ///< until the first sign of life
};

/// Decides which peers are alive, from what was heard of them: the coordinator watches its
/// workers with it, a worker its coordinator. A verdict is given once and is final.
///
/// The watcher may stand still itself (overload, SIGSTOP, a suspended machine), and then has heard
/// nobody: a pause of a quarter of the time limit between its own ticks gives everybody the full
/// limit again. So a false verdict needs a peer that is silent while the watcher is awake.
///
/// Pure: no clock, no sockets. Events before `tick` of the same moment count.
class Liveness {
 public:
  explicit Liveness(LivenessOptions options) : options_{options} {}

  /// Expects a first sign of life of this peer.
  void expect(WorkerIndex peer, core::Time now);
  /// A heartbeat or any other message, by whatever means.
  void heard(WorkerIndex peer, core::Time now);
  /// The peer has said farewell: nothing more is expected of it.
  void left(WorkerIndex peer);
  /// Its connection is gone; a loss unless it has left.
  [[nodiscard]] std::optional<Loss> connection_ended(WorkerIndex peer, ConnectionEnd how,
                                                     std::string_view detail);
  /// Time has passed: the peers that are lost now, in ascending order. Cheap between checks.
  [[nodiscard]] std::vector<Loss> tick(core::Time now);

  [[nodiscard]] bool is_lost(WorkerIndex peer) const noexcept {
    return state_of(peer) == State::lost;
  }
  /// Still watched or waited for.
  [[nodiscard]] bool is_watched(WorkerIndex peer) const noexcept {
    return state_of(peer) == State::expected || state_of(peer) == State::alive;
  }
  /// When a peer that is watched was heard of last, or is taken to have been.
  [[nodiscard]] core::Time heard_at(WorkerIndex peer) const noexcept {
    return peer < peers_.size() ? peers_[peer].since : core::Time{};
  }
  [[nodiscard]] std::uint32_t lost() const noexcept { return lost_; }
  [[nodiscard]] std::uint32_t watched() const noexcept;

 private:
  enum class State : std::uint8_t { unknown, expected, alive, left, lost };
  struct Peer {
    State state = State::unknown;
    core::Time since;  ///< expected since, or heard last
  };
  [[nodiscard]] State state_of(WorkerIndex peer) const noexcept {
    return peer < peers_.size() ? peers_[peer].state : State::unknown;
  }
  Peer& at(WorkerIndex peer);
  Loss lose(WorkerIndex peer, LossKind kind, std::string reason);
  [[nodiscard]] std::optional<Loss> judge(WorkerIndex peer, core::Time now);
  void begin(core::Time now);
  void grant_grace(core::Time now);

  LivenessOptions options_;
  std::vector<Peer> peers_;
  std::optional<core::Time> last_tick_;
  core::Time next_check_;
  std::uint32_t lost_ = 0;
};

}  // namespace foundation::campaign
