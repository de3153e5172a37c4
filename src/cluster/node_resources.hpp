#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cluster/cgroup.hpp"

namespace foundation::cluster {

/// What this machine has, what of it this process may use, and how busy it is.
struct NodeResources {
  std::string host;
  std::uint32_t cores_online = 1;    ///< of the machine
  std::uint32_t cores_affinity = 1;  ///< this process may run on
  CgroupLimits cgroup;
  std::optional<std::uint32_t> slurm_cpus_per_task;  ///< SLURM_CPUS_PER_TASK
  std::optional<std::uint32_t> slurm_cpus_on_node;   ///< SLURM_CPUS_ON_NODE
  std::uint64_t memory_bytes = 0;                    ///< of the machine
  std::uint64_t memory_available_bytes = 0;  ///< without swapping, as the kernel estimates it
  double load = 0;                           ///< runnable tasks, mean of the last minute
};

/// Local. Never fails: what cannot be read keeps its default.
[[nodiscard]] NodeResources sample_node();

/// Cores this process may keep busy: the affinity mask, cut by the control groups' processor time
/// (rounded down), at least 1. Slurm's variables are information only: where Slurm binds tasks
/// the mask says it, and where it does not, nothing enforces them.
[[nodiscard]] std::uint32_t granted_cores(const NodeResources& node) noexcept;

/// Memory this process may use: the machine's, cut by the control groups.
[[nodiscard]] std::uint64_t granted_memory_bytes(const NodeResources& node) noexcept;

}  // namespace foundation::cluster
