#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>

#include "campaign/liveness.hpp"
#include "core/time.hpp"

namespace foundation::simulation {

/// Knows when each sign of life reached the node of somebody who watches with campaign::Liveness,
/// whether or not he was awake then, and so which of his verdicts are right. All times are the
/// world's; the margins are wide enough for clocks that drift.
class WatchOracle {
 public:
  explicit WatchOracle(campaign::LivenessOptions limits) : limits_{limits} {}

  void expect(campaign::WorkerIndex peer, core::Time now) { peers_[peer].expected = now; }
  void arrives(campaign::WorkerIndex peer, core::Time at) { peers_[peer].arrivals.insert(at); }
  void left(campaign::WorkerIndex peer) { peers_[peer].left = true; }
  /// The watcher's clock ticks; to be called before he gives verdicts.
  void tick(core::Time now);
  /// Throws Violation for a verdict that is wrong; `ended` says whether the peer's process has.
  void check_verdict(const campaign::Loss& loss, bool ended, core::Time now);
  /// Throws Violation if somebody is not lost who should be by now.
  void check_overdue(const campaign::Liveness& liveness, core::Time now);

 private:
  struct Peer {
    std::optional<core::Time> expected;
    std::set<core::Time> arrivals;     ///< of the last two time limits, and still to come
    std::optional<core::Time> first;   ///< sign of life
    std::optional<core::Time> newest;  ///< of those that have arrived
    bool left = false;
    bool lost = false;
  };
  void update(Peer& peer, core::Time now) const;
  [[nodiscard]] core::Duration longest_silence(const Peer& peer, core::Time now) const;
  void check_silence(const campaign::Loss& loss, const Peer& peer, core::Time now) const;

  campaign::LivenessOptions limits_;
  std::map<campaign::WorkerIndex, Peer> peers_;
  std::optional<core::Time> last_tick_;
  core::Time awake_since_;
};

}  // namespace foundation::simulation
