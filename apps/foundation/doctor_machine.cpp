#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <thread>
#include <vector>
#include <sys/resource.h>

#include <fmt/format.h>

#include "cluster/node_resources.hpp"
#include "core/quantity.hpp"
#include "findings.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

void check_cores(Findings& findings, const cluster::NodeResources& node) {
  const std::uint32_t granted = cluster::granted_cores(node);
  std::string found = fmt::format("{} of {} granted", granted, node.cores_online);
  if (node.cores_affinity < node.cores_online) {
    found += fmt::format(", affinity mask {}", node.cores_affinity);
  }
  if (node.cgroup.cores) found += fmt::format(", control group {:.1f}", *node.cgroup.cores);
  if (node.slurm_cpus_on_node) found += fmt::format(", Slurm's node {}", *node.slurm_cpus_on_node);
  if (node.slurm_cpus_per_task) {
    found += fmt::format(", Slurm's task {}", *node.slurm_cpus_per_task);
  }
  Finding finding{"cores", Verdict::ok, found, ""};
  if (node.slurm_cpus_per_task && *node.slurm_cpus_per_task > granted) {
    finding.verdict = Verdict::warning;
    finding.remedy =
        "srun does not pass --cpus-per-task on by itself: export "
        "SRUN_CPUS_PER_TASK=$SLURM_CPUS_PER_TASK, or mpirun --bind-to none";
  }
  findings.push_back(finding);
  if (node.load > 0.5 * node.cores_online) {
    findings.push_back(
        {"load", Verdict::warning,
         fmt::format("{:.1f} on {} cores: others compute here", node.load, node.cores_online),
         "fewer slots: execution.slots"});
  }
}

void check_memory(Findings& findings, const cluster::NodeResources& node) {
  constexpr std::uint64_t little = std::uint64_t{512} << 20;
  const std::uint64_t granted = cluster::granted_memory_bytes(node);
  const std::uint64_t available = std::min(granted, node.memory_available_bytes);
  const bool enough = available >= little;
  findings.push_back({"memory", enough ? Verdict::ok : Verdict::warning,
                      fmt::format("{} granted, {} available", core::format_size(granted),
                                  core::format_size(available)),
                      enough ? "" : "end other programs, or ask for more with --mem"});
}

/// Starts as many threads as there are cores: process limits show here.
void check_threads(Findings& findings, std::uint32_t cores) {
  const char* variable = std::getenv("OMP_NUM_THREADS");
  std::vector<std::jthread> threads;
  try {
    for (std::uint32_t i = 0; i < cores; ++i) threads.emplace_back([] {});
  } catch (const std::system_error& error) {
    findings.push_back({"threads", Verdict::failed,
                        fmt::format("only {} of {} start: {}", threads.size(), cores, error.what()),
                        "raise `ulimit -u`, or the pids limit of the control group"});
    return;
  }
  findings.push_back({"threads", Verdict::ok,
                      fmt::format("{} start; OMP_NUM_THREADS {}", cores,
                                  variable == nullptr ? "is not set" : variable),
                      ""});
}

void check_clock(Findings& findings) {
  std::ifstream file{"/sys/devices/system/clocksource/clocksource0/current_clocksource"};
  std::string source;
  if (!(file >> source)) return;
  // These are read from a device, a microsecond or more at a time.
  const bool slow = source == "hpet" || source == "acpi_pm" || source == "jiffies";
  findings.push_back(
      {"clock", slow ? Verdict::warning : Verdict::ok, source,
       slow ? "slow to read, which blurs short times: boot with clocksource=tsc" : ""});
}

std::string show_limit(rlim_t limit, bool is_bytes) {
  if (limit == RLIM_INFINITY) return "unlimited";
  return is_bytes ? core::format_size(limit) : std::to_string(limit);
}

struct LimitCheck {
  decltype(RLIMIT_NOFILE) resource;
  const char* name;
  const char* option;  ///< of ulimit
  bool is_bytes;
  rlim_t least;  ///< 0: for information only
};

void check_limits(Findings& findings) {
  std::error_code failed;
  const bool has_fabric = fs::exists("/sys/class/infiniband", failed);
  const LimitCheck checks[] = {
      {RLIMIT_NOFILE, "open files", "-n", false, 1024},
      {RLIMIT_NPROC, "processes", "-u", false, 512},
      {RLIMIT_STACK, "stack", "-s", true, rlim_t{1} << 20},
      // Fabrics with remote memory access pin their buffers.
      {RLIMIT_MEMLOCK, "locked", "-l", true, has_fabric ? rlim_t{64} << 20 : 0},
      {RLIMIT_CORE, "core dumps", "-c", true, 0},
  };
  std::string all;
  for (const LimitCheck& check : checks) {
    rlimit limit{};
    if (getrlimit(check.resource, &limit) != 0) continue;
    const std::string shown = show_limit(limit.rlim_cur, check.is_bytes);
    all += fmt::format("{}{} {}", all.empty() ? "" : ", ", check.name, shown);
    if (limit.rlim_cur >= check.least) continue;
    findings.push_back({"limits", Verdict::warning, fmt::format("{}: {}", check.name, shown),
                        fmt::format("ulimit {} {}", check.option,
                                    check.is_bytes ? "unlimited" : std::to_string(check.least))});
  }
  findings.push_back({"limits", Verdict::ok, all, ""});
}

}  // namespace

void check_machine(Findings& findings) {
  const cluster::NodeResources node = cluster::sample_node();
  check_cores(findings, node);
  check_memory(findings, node);
  check_threads(findings, cluster::granted_cores(node));
  check_clock(findings);
  check_limits(findings);
}

}  // namespace foundation
