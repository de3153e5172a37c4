#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "campaign/liveness.hpp"
#include "messaging/liveness_server.hpp"
#include "runtime/setup.hpp"

namespace foundation::runtime {

/// Rank 0's watch over the other ranks: feeds what sockets and messages tell to
/// campaign::Liveness, and fences the ranks it gives up.
///
/// Local, one thread, no MPI: the owner sends the heartbeats that are due.
class WorkerWatch {
 public:
  /// `setup` says whether there are sockets, and gets the endpoints of the server made here, on
  /// `addresses`. It must stay where it is. Throws core::Error{infrastructure} when there can be
  /// none and `setup` insists.
  WorkerWatch(WatchSetup& setup, const std::vector<std::string>& addresses, std::uint32_t ranks);

  /// Waits for all ranks but this one from now on.
  void expect_all(core::Time now);
  /// A message of this rank came over MPI.
  void heard(campaign::WorkerIndex worker, core::Time now);
  /// It has said farewell.
  void left(campaign::WorkerIndex worker);
  /// Ranks that are lost since the last call; their connections are closed.
  [[nodiscard]] std::vector<campaign::Loss> poll(core::Time now);
  /// Ranks without a connection that are owed a heartbeat over MPI.
  [[nodiscard]] std::vector<campaign::WorkerIndex> owed_heartbeats(core::Time now);
  /// Tells all connected ranks that the session is over.
  void say_leave();

  [[nodiscard]] bool is_lost(campaign::WorkerIndex worker) const noexcept {
    return liveness_.is_lost(worker);
  }
  [[nodiscard]] core::Time heard_at(campaign::WorkerIndex worker) const noexcept {
    return liveness_.heard_at(worker);
  }
  /// Nothing for a rank without a connection.
  [[nodiscard]] std::optional<core::Duration> round_trip(
      campaign::WorkerIndex worker) const noexcept {
    return server_ ? server_->round_trip(worker) : std::nullopt;
  }
  [[nodiscard]] std::uint32_t lost() const noexcept { return liveness_.lost(); }
  /// Ranks that have neither left nor been lost.
  [[nodiscard]] std::uint32_t watched() const noexcept { return liveness_.watched(); }

 private:
  void take(const messaging::ConnectionEvent& event, core::Time now,
            std::vector<campaign::Loss>& losses);
  void tell_of_strangers();

  std::uint32_t ranks_;
  campaign::Liveness liveness_;
  std::optional<messaging::LivenessServer> server_;
  core::Time next_heartbeat_;
  std::uint64_t strangers_told_ = 0;
};

/// Signs of life each rank gives, at least.
inline constexpr core::Duration heartbeat_interval = std::chrono::milliseconds{500};
/// The interval for this silence limit: several must fit.
[[nodiscard]] core::Duration interval_for(core::Duration timeout) noexcept;

}  // namespace foundation::runtime
