#pragma once

#include <optional>
#include <string>
#include <vector>

#include "campaign/launch_hosts.hpp"

/// Where ranks could be started now. Waits seconds at most. Local; for processes with one thread.
namespace foundation::runtime {

/// Whether `host` is this machine, as mpirun sees it: nothing remote is needed for it.
[[nodiscard]] bool is_this_host(const std::string& host);

struct Reach {
  std::vector<std::string> reachable;  ///< names
  std::string failures;                ///< "b: no answer in time, c: ...", of the others
};
/// Runs `true` on each host but this one, all at once, by the agent that mpirun would use
/// (OMPI_MCA_plm_rsh_agent, else ssh).
[[nodiscard]] Reach probe_hosts(const std::vector<campaign::LaunchHost>& hosts);
/// Which of the hosts still belong to this Slurm allocation.
[[nodiscard]] Reach probe_allocation(const std::vector<campaign::LaunchHost>& hosts);

/// The command that runs another one on `host`, as probe_hosts uses it; empty if there is none.
[[nodiscard]] std::vector<std::string> remote_command(const std::string& host);

/// Nodes of this Slurm allocation as Slurm sees them now (SLURM_JOB_NODELIST still names lost
/// ones). Throws core::Error{infrastructure} if Slurm does not say.
[[nodiscard]] std::vector<std::string> slurm_nodes();
/// Whether `srun --mpi=list` offers pmix, which Open MPI needs.
[[nodiscard]] bool srun_has_pmix();

}  // namespace foundation::runtime
