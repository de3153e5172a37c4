#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "campaign/lease_queue.hpp"
#include "core/time.hpp"
#include "runtime/keeper.hpp"
#include "runtime/setup.hpp"
#include "runtime/wire.hpp"

namespace foundation::runtime {

/// The hidden subcommand that a child of the keeper is started with: `evaluate_in_child`.
inline constexpr const char* evaluate_cells_command = "evaluate-cells";

/// A child of the keeper that evaluates cells for one slot, lease after lease, as long as this
/// object lives. It runs the same code as the worker would, so results are the same.
///
/// Use from one thread at a time. Throws core::Error{infrastructure} when the keeper is gone.
class CellChild {
 public:
  /// Starts the child and waits until it has its setup; if it ends before, `is_ready` is false.
  /// Throws core::Error{io} if it cannot be asked for. `budget`, which outlives it, is what its
  /// requests are granted from; none: they are not limited.
  CellChild(const Keeper& keeper, const WorkerSetup& setup, endpoints::Budget* budget);

  [[nodiscard]] bool is_ready() const noexcept { return ready_; }
  /// Gives it cells `first` to the end of the lease. False: it is gone.
  [[nodiscard]] bool begin(const campaign::LeaseQueue::Work& work, std::uint32_t first);

  enum class Outcome : std::uint8_t { answered, gone, overdue };
  /// Waits for the result of cell `position` of the lease. `limit`: how long that may take; after
  /// it the child is overdue, and of no further use. A child that talks nonsense counts as gone.
  [[nodiscard]] Outcome receive(const model::CellRange& lease, std::uint32_t position,
                                std::optional<core::Duration> limit, ResultsMessage& cell);

  /// Ends it whatever it is doing (a request that it was granted may have been sent), and says in
  /// words how it ended: for one that is gone, how it did.
  [[nodiscard]] std::string end();

 private:
  enum class Heard : std::uint8_t { result, other, nonsense, too_late };
  [[nodiscard]] Heard take(std::span<const std::byte> message, std::optional<core::Time> until);
  [[nodiscard]] Heard answer(const endpoints::Demand& demand, std::optional<core::Time> until);
  void settle(const Settlement& settlement);

  Keeper::Evaluation link_;
  endpoints::Budget* budget_;
  std::optional<endpoints::Grant> grant_;  ///< of the request that is under way
  core::Descriptor process_;  ///< a pidfd: names it even after its number is used again
  bool ready_ = false;
};

/// The child's part: takes leases from `channel` and sends results there, until whom it works for
/// is gone. Throws core::Error when the task cannot be done.
void evaluate_in_child(int channel);

}  // namespace foundation::runtime
