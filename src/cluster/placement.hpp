#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

/// How many cells each node runs at a time. The unit is the slot: what job files and other tools
/// call `max_workers` and `min_workers_per_node` counts slots, not ranks. Pure: the plan is a
/// function of its arguments, and nodes may come in any order. Local, any thread.
namespace foundation::cluster {

/// What one cell takes while it runs.
struct CellResources {
  std::uint32_t cores = 1;
  std::uint64_t memory_bytes = 0;  ///< 0: not limited by memory
  std::uint32_t gpus = 0;
};

enum class Grant : std::uint8_t {
  shared,    ///< nobody has set the node's cores aside for us: a part is left to others
  reserved,  ///< a batch system or an affinity mask has
};

struct NodeCapacity {
  std::string name;  ///< unique
  bool healthy = true;
  std::optional<std::uint32_t> cores;  ///< granted to us; none: unknown, so the node is not used
  Grant grant = Grant::shared;
  double load_of_others = 0;  ///< runnable tasks that are not ours; counts on shared nodes
  std::optional<std::uint64_t> memory_bytes;  ///< for cells; none: unknown, limits nothing
  std::uint32_t gpus = 0;
  /// Ranks that run there already. Each gets a slot even where no core is free (memory and GPUs
  /// permitting), unless `max_workers` says fewer.
  std::uint32_t ranks = 0;
};

struct PlacementPolicy {
  /// Slots in all at most; none: all reserved cores and 80 % of the shared ones.
  std::optional<std::int64_t> max_workers;
  /// A node gets at least so many slots, or none: what does not fit goes to fewer nodes.
  std::uint32_t min_workers_per_node = 1;
  CellResources cell;
};

struct NodePlan {
  std::string name;
  std::uint32_t capacity = 0;  ///< slots its free cores, memory and GPUs hold
  std::uint32_t slots = 0;
  std::uint32_t asked = 0;  ///< slots that all its granted cores would hold
  std::string note;         ///< why it got fewer than that, or more than its capacity; else empty
};

struct PlacementPlan {
  std::vector<NodePlan> nodes;       ///< as the nodes were given
  std::uint64_t slots = 0;           ///< exactly the sum over the nodes
  std::uint64_t capacity = 0;        ///< the sum over the nodes
  std::uint64_t oversubscribed = 0;  ///< slots beyond the capacity of their node
};

/// Each node that is used gets the minimum, the rest is shared out in proportion to what capacity
/// is left there, by largest remainder. Throws core::Error{bad_input} when `max_workers` is below
/// 1 or below the minimum of one node, core::Error{infrastructure} when no node is healthy or none
/// has room, with the reason for each.
[[nodiscard]] PlacementPlan plan_slots(std::span<const NodeCapacity> nodes,
                                       const PlacementPolicy& policy);

/// Splits `total` in proportion to `weights` by largest remainder (Hamilton's method; Balinski and
/// Young, Fair Representation, 1982): the shares add up to `total` and differ from the exact
/// quota by less than 1. Of equal remainders the earlier wins. With a total of at most the sum of
/// the weights no share exceeds its weight. All shares are 0 when all weights are. Weights and
/// their number below 2^20 each.
[[nodiscard]] std::vector<std::uint32_t> largest_remainder(std::uint64_t total,
                                                           std::span<const std::uint32_t> weights);

}  // namespace foundation::cluster
