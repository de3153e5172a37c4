#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "campaign/launcher.hpp"
#include "runtime/launch_guard.hpp"

/// Command lines for process managers. Pure.
namespace foundation::runtime {

enum class ProcessManager : std::uint8_t { mpirun, srun };

using Environment = std::map<std::string, std::string>;

struct LaunchSettings {
  ProcessManager manager = ProcessManager::mpirun;
  std::string manager_path;          ///< of mpirun or srun
  std::vector<std::string> extra;    ///< the user's arguments for it
  std::vector<std::string> program;  ///< what each rank runs
  bool remote = false;               ///< some host is another one than this
  bool oversubscribed = false;       ///< more ranks than cores on this host
};

/// How to start one attempt. What the user's environment or arguments set of the process
/// manager's parameters is left to them. `launch_id` marks the ranks.
[[nodiscard]] LaunchCommand make_launch_command(const LaunchSettings& settings,
                                                const campaign::launch::Start& start,
                                                const std::string& launch_id,
                                                const Environment& environment);

}  // namespace foundation::runtime
