#include <algorithm>
#include <array>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <unistd.h>

#include <fmt/format.h>

#include "cluster/node_resources.hpp"
#include "core/error.hpp"
#include "messaging/session.hpp"
#include "runtime/launch.hpp"
#include "runtime/launch_probe.hpp"
#include "runtime/short_command.hpp"

namespace foundation::runtime {

using campaign::LaunchHost;

namespace {

constexpr core::Duration base_start_timeout = std::chrono::seconds{60};
constexpr core::Duration start_timeout_per_rank = std::chrono::seconds{1};
/// A rank that shares its core starts no sooner than others let it: 64 ranks on two busy cores
/// have taken two minutes.
constexpr core::Duration start_timeout_per_crowded_rank = std::chrono::seconds{3};
/// Of other batch systems, whose hosts mpirun finds by itself.
constexpr std::array allocation_variables = {"PBS_NODEFILE", "LSB_HOSTS", "PE_HOSTFILE",
                                             "LSB_DJOB_HOSTFILE"};

void require_no_mpi() {
  const messaging::Launch launch = messaging::detect_launch();
  if (!launch.under_mpi && launch.expected_ranks < 2) return;
  throw core::Error{core::ErrorKind::usage,
                    fmt::format("this process is a rank itself, started by {}: -n, --hosts and "
                                "--launcher start ranks, and ranks must not start others",
                                launch.launcher),
                    "under mpirun or srun leave these options out, or start this command without "
                    "mpirun or srun"};
}

bool in_slurm() { return std::getenv("SLURM_JOB_ID") != nullptr; }

bool in_other_batch_job() {
  return std::ranges::any_of(allocation_variables,
                             [](const char* name) { return std::getenv(name) != nullptr; });
}

ProcessManager choose_manager(const std::string& wanted) {
  if (wanted == "srun") return ProcessManager::srun;
  if (wanted == "mpirun") return ProcessManager::mpirun;
  return in_slurm() && srun_has_pmix() ? ProcessManager::srun : ProcessManager::mpirun;
}

std::string path_of_manager(ProcessManager manager) {
  const char* name = manager == ProcessManager::srun ? "srun" : "mpirun";
  if (const auto path = find_program(name)) return *path;
  throw core::Error{core::ErrorKind::infrastructure,
                    fmt::format("there is no {} on the PATH", name),
                    manager == ProcessManager::srun
                        ? "inside an allocation of Slurm there should be one; --launcher mpirun "
                          "does without"
                        : "install Open MPI (Debian: openmpi-bin) or load its module"};
}

void require_root_consent(const std::vector<std::string>& extra) {
  const auto is_set = [](const char* name) { return std::getenv(name) != nullptr; };
  if (geteuid() != 0 || std::ranges::find(extra, "--allow-run-as-root") != extra.end() ||
      (is_set("OMPI_ALLOW_RUN_AS_ROOT") && is_set("OMPI_ALLOW_RUN_AS_ROOT_CONFIRM")))
    return;
  throw core::Error{core::ErrorKind::infrastructure,
                    "mpirun refuses to start anything for root: a mistake could damage the system",
                    "work as another user; in a container, where root is harmless, export "
                    "OMPI_ALLOW_RUN_AS_ROOT=1 OMPI_ALLOW_RUN_AS_ROOT_CONFIRM=1"};
}

std::vector<LaunchHost> read_host_file(const std::filesystem::path& file) {
  std::ifstream stream{file};
  const std::string text{std::istreambuf_iterator<char>{stream}, {}};
  if (!stream)
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("cannot read the host file '{}'", file.string()),
                      "give --hostfile a file with a host a line"};
  return campaign::parse_host_file(text, file.string());
}

core::Duration default_start_timeout(std::uint32_t ranks, std::uint32_t beyond_cores) {
  return base_start_timeout + ranks * start_timeout_per_rank +
         beyond_cores * start_timeout_per_crowded_rank;
}

std::vector<LaunchHost> hosts_of_allocation() {
  std::vector<LaunchHost> hosts;
  for (const std::string& node : slurm_nodes()) hosts.push_back({node, 0});
  return hosts;
}

/// Hosts with the most ranks each may have; none where mpirun knows better.
std::vector<LaunchHost> choose_hosts(const LaunchOptions& options, LaunchPlan& plan) {
  if (!options.hosts.empty())
    return campaign::share_out(campaign::parse_hosts(options.hosts), options.ranks);
  if (!options.host_file.empty())
    return campaign::share_out(read_host_file(options.host_file), options.ranks);
  if (in_slurm()) {
    plan.in_allocation = true;
    return campaign::share_out(hosts_of_allocation(), options.ranks);
  }
  if (options.ranks == 0)
    throw core::Error{core::ErrorKind::usage, "how many ranks?",
                      "say -n NUMBER, or name hosts with --hosts a:2,b:2"};
  if (in_other_batch_job()) return {};
  return {{"localhost", options.ranks}};
}

}  // namespace

LaunchPlan plan_launch(const LaunchOptions& options) {
  require_no_mpi();
  LaunchPlan plan;
  campaign::LauncherOptions& launcher = plan.launcher;
  plan.settings.extra = split_words(options.manager_arguments);
  plan.settings.manager = choose_manager(options.manager);
  plan.settings.manager_path = path_of_manager(plan.settings.manager);
  if (plan.settings.manager == ProcessManager::mpirun) require_root_consent(plan.settings.extra);
  launcher.hosts = choose_hosts(options, plan);
  launcher.ranks = options.ranks != 0 ? options.ranks : campaign::count_ranks(launcher.hosts);
  launcher.min_ranks = options.min_ranks;
  if (launcher.min_ranks > launcher.ranks)
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("--min-ranks {} is more than the {} ranks to start",
                                  launcher.min_ranks, launcher.ranks),
                      "ask for more ranks with -n, or for fewer at least"};
  launcher.max_relaunches = options.max_relaunches;
  launcher.silence_timeout = options.silence_timeout;
  for (const LaunchHost& host : campaign::fill(launcher.hosts, launcher.ranks)) {
    if (is_this_host(host.name)) plan.ranks_here += host.ranks;
  }
  plan.settings.remote = std::ranges::any_of(
      launcher.hosts, [](const LaunchHost& host) { return !is_this_host(host.name); });
  const std::uint32_t cores = cluster::granted_cores(cluster::sample_node());
  plan.settings.oversubscribed = plan.ranks_here > cores;
  launcher.start_timeout = options.start_timeout.value_or(
      default_start_timeout(launcher.ranks, plan.ranks_here > cores ? plan.ranks_here - cores : 0));
  return plan;
}

}  // namespace foundation::runtime
