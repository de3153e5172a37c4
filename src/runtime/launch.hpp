#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "campaign/launcher.hpp"
#include "core/time.hpp"
#include "runtime/launch_command.hpp"
#include "runtime/optimize.hpp"

namespace foundation::runtime {

/// What the user says about starting ranks.
struct LaunchOptions {
  std::uint32_t ranks = 0;          ///< 0: as many as the hosts may have
  std::string hosts;                ///< "a:2,b:2"
  std::filesystem::path host_file;  ///< a host a line
  std::string manager;              ///< "mpirun", "srun"; empty: what fits
  std::string manager_arguments;    ///< separated by blanks
  std::uint32_t min_ranks = 1;
  std::uint32_t max_relaunches = 5;
  /// Default: 60 s, one more a rank, and three for each rank beyond the cores of this host.
  std::optional<core::Duration> start_timeout;
  core::Duration silence_timeout = std::chrono::seconds{60};
};

/// What that means here and now.
struct LaunchPlan {
  campaign::LauncherOptions launcher;
  LaunchSettings settings;
  bool in_allocation = false;    ///< hosts are the nodes of a Slurm job
  std::uint32_t ranks_here = 0;  ///< on this host
};

/// Looks for process manager and hosts; starts nothing of ours. Throws core::Error: usage (also
/// inside an MPI job), infrastructure if there is no way to start ranks, with what to do.
[[nodiscard]] LaunchPlan plan_launch(const LaunchOptions& options);

struct LaunchOutcome {
  int exit_status = 0;       ///< of the command
  OptimizeOutcome outcome;   ///< of the run: its `report.ending` follows from the status
  bool view_is_due = false;  ///< the final HDF5 view is left to the caller
};

/// Runs (or continues) a campaign on ranks started by mpirun or srun, as campaign::Launcher says.
/// The job is checked first. For a process with one thread and without MPI; while it runs,
/// SIGINT, SIGTERM and SIGUSR1 ask for a graceful stop, a second SIGINT ends everything at once.
/// Throws core::Error; nothing of the launch is left then.
[[nodiscard]] LaunchOutcome launch(const OptimizeOptions& options, const LaunchPlan& plan);

}  // namespace foundation::runtime
