#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "cluster/cgroup.hpp"

namespace foundation::cluster {

/// What this machine has, what of it this process may use, and how busy it is.
struct NodeResources {
  std::string host;
  std::uint32_t cores_online = 1;       ///< of the machine
  std::uint32_t cores_affinity = 1;     ///< this process may run on
  std::vector<std::uint32_t> affinity;  ///< their numbers; empty: unknown
  CgroupLimits cgroup;
  std::optional<std::uint32_t> slurm_cpus_per_task;  ///< SLURM_CPUS_PER_TASK
  std::optional<std::uint32_t> slurm_cpus_on_node;   ///< SLURM_CPUS_ON_NODE
  std::uint64_t memory_bytes = 0;                    ///< of the machine
  std::uint64_t memory_available_bytes = 0;  ///< without swapping, as the kernel estimates it
  double load = 0;                           ///< runnable tasks, mean of the last minute
  std::uint32_t running = 0;                 ///< tasks that were runnable just now, ours included
  std::vector<std::string> gpus;             ///< devices this process may use
};

/// Local. Never fails: what cannot be read keeps its default.
[[nodiscard]] NodeResources sample_node();

/// Cores this process may keep busy: the affinity mask, cut by the control groups' processor time
/// (rounded down), at least 1. Slurm's variables are information only: where Slurm binds tasks
/// the mask says it, and where it does not, nothing enforces them.
[[nodiscard]] std::uint32_t granted_cores(const NodeResources& node) noexcept;

/// Memory this process may use: the machine's, cut by the control groups.
[[nodiscard]] std::uint64_t granted_memory_bytes(const NodeResources& node) noexcept;

/// Of the granted memory what is free now.
[[nodiscard]] std::uint64_t free_memory_bytes(const NodeResources& node) noexcept;

/// Whether somebody has set cores aside for this process: an affinity mask, or a batch job.
[[nodiscard]] bool is_reserved(const NodeResources& node) noexcept;

/// Runnable tasks of other people and programs, `own` being ours at the time of the sample. The
/// mean of the last minute forgets slowly, also what we ran ourselves, and a look at the moment
/// is noisy: the smaller of the two counts.
[[nodiscard]] double load_of_others(const NodeResources& node, std::uint32_t own) noexcept;

}  // namespace foundation::cluster
