#include "runtime/slots.hpp"

#include <algorithm>

#include "core/contracts.hpp"

namespace foundation::runtime {
namespace {

/// 80 %, to the nearest whole core.
std::uint32_t share_of_open_machine(std::uint32_t cores) { return (cores * 8 + 5) / 10; }

}  // namespace

std::uint32_t slots_for_rank(std::uint32_t wanted, int ranks_on_node,
                             const cluster::NodeResources& node) {
  EXPECTS(ranks_on_node > 0);
  if (wanted != 0) return wanted;
  const std::uint32_t granted = cluster::granted_cores(node);
  if (node.cores_affinity < node.cores_online) return granted;
  const bool reserved = node.slurm_cpus_on_node.has_value() || node.slurm_cpus_per_task.has_value();
  const std::uint32_t usable = reserved ? granted : share_of_open_machine(granted);
  return std::max(usable / static_cast<std::uint32_t>(ranks_on_node), 1U);
}

}  // namespace foundation::runtime
