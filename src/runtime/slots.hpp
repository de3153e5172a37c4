#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "campaign/start_watch.hpp"
#include "cluster/node_resources.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/placement.hpp"

/// Slots of the ranks of a start. Pure but for the sample that the caller takes. Local.
namespace foundation::runtime {

/// What the job asks for.
struct SlotRequest {
  std::uint32_t slots_of_rank = 0;  ///< of each rank; 0: by what its node has free
  cluster::PlacementPolicy policy;
};

struct RankSlots {
  std::vector<std::uint32_t> slots;  ///< by rank; 0: the rank has nothing to do
  /// By rank: its slots are numbers first, first + 1, ... of those on its node; GPUs go by them.
  std::vector<std::uint32_t> first_on_node;
  std::vector<std::size_t> node;           ///< by rank: index into `nodes`
  std::vector<cluster::PlacedNode> nodes;  ///< in the order of their lowest rank
};

/// Plans the slots of each node (ranks with the same host name) from what its ranks sampled, and
/// splits them among its ranks: exactly, at least one each as long as there are enough, in
/// proportion to the cores a rank is bound to. Throws as cluster::plan_slots does.
[[nodiscard]] RankSlots place_ranks(std::span<const cluster::NodeResources> ranks,
                                    const SlotRequest& request);

/// Who is to join at the start.
[[nodiscard]] campaign::StartPlan start_plan(const RankSlots& placed);

/// A sample as bytes, and back. Throws core::Error{corrupt_data} for anything else.
[[nodiscard]] std::vector<std::byte> pack_resources(const cluster::NodeResources& node);
[[nodiscard]] cluster::NodeResources unpack_resources(std::span<const std::byte> bytes);

}  // namespace foundation::runtime
