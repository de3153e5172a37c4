#pragma once

#include <cstdint>

#include "cluster/node_resources.hpp"

namespace foundation::runtime {

/// Slots of a rank: `wanted` if it is not 0, else its share of the cores granted to this process,
/// at least one. A rank that was bound to some of the node's cores uses all of those; unbound
/// ranks of a node divide its cores among them. Of a machine that nobody has reserved for us (no
/// binding, no batch job) a fifth is left to others.
[[nodiscard]] std::uint32_t slots_for_rank(std::uint32_t wanted, int ranks_on_node,
                                           const cluster::NodeResources& node);

}  // namespace foundation::runtime
