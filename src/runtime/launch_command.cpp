#include "runtime/launch_command.hpp"

#include <algorithm>
#include <array>
#include <initializer_list>
#include <utility>

#include <fmt/format.h>

#include "runtime/launch_mark.hpp"

namespace foundation::runtime {
namespace {

struct Parameter {
  const char* name;
  const char* value;
};

/// What Open MPI 4.1 needs to go on after the death of a rank. MPI_Finalize would wait for the
/// dead, and only ob1 has been seen to survive.
constexpr std::array local_parameters = {
    Parameter{"orte_allowed_exit_without_sync", "1"}, Parameter{"async_mpi_finalize", "1"},
    Parameter{"pml", "ob1"}, Parameter{"btl", "vader,tcp,self"}};
/// The same for the death of a host: daemons that do not depend on each other, and the kernel's
/// word on broken connections within seconds.
constexpr std::array remote_parameters = {
    Parameter{"plm_rsh_no_tree_spawn", "1"}, Parameter{"plm_slurm_args", "--no-kill"},
    Parameter{"oob_tcp_keepalive_time", "3"}, Parameter{"oob_tcp_keepalive_intvl", "1"},
    Parameter{"oob_tcp_keepalive_probes", "3"}};

bool has_word(const std::vector<std::string>& words, std::initializer_list<std::string_view> any) {
  return std::ranges::any_of(words, [&](const std::string& word) {
    return std::ranges::find(any, std::string_view{word}.substr(0, word.find('='))) != any.end();
  });
}

void add(std::vector<std::string>& words, std::initializer_list<std::string> more) {
  words.insert(words.end(), more);
}

template <std::size_t count>
void add_parameters(std::vector<std::string>& words, const std::array<Parameter, count>& parameters,
                    const LaunchSettings& settings, const Environment& environment) {
  for (const Parameter& parameter : parameters) {
    if (environment.contains(std::string{"OMPI_MCA_"} + parameter.name)) continue;
    if (std::ranges::find(settings.extra, parameter.name) != settings.extra.end()) continue;
    add(words, {"--mca", parameter.name, parameter.value});
  }
}

std::vector<std::string> mpirun_words(const LaunchSettings& settings,
                                      const campaign::launch::Start& start,
                                      const Environment& environment) {
  std::vector<std::string> words{settings.manager_path, "--enable-recovery"};
  add_parameters(words, local_parameters, settings, environment);
  if (settings.remote) add_parameters(words, remote_parameters, settings, environment);
  // Each rank divides the cores of its node by itself; a binding would leave it the cores of one.
  if (!environment.contains("OMPI_MCA_hwloc_base_binding_policy") &&
      !has_word(settings.extra, {"--bind-to", "-bind-to", "--cpu-set", "--map-by", "--rank-by"}))
    add(words, {"--bind-to", "none"});
  if (settings.oversubscribed) add(words, {"--oversubscribe"});
  for (const char* name : {launch_variable, launch_id_variable}) add(words, {"-x", name});
  for (const auto& [name, value] : environment)
    if (name.starts_with("FOUNDATION_") || name.starts_with("OMP_")) add(words, {"-x", name});
  if (!start.hosts.empty()) add(words, {"-H", campaign::format_hosts(start.hosts)});
  add(words, {"-np", std::to_string(start.ranks)});
  return words;
}

std::vector<std::string> srun_words(const LaunchSettings& settings,
                                    const campaign::launch::Start& start,
                                    const Environment& environment) {
  std::vector<std::string> words{settings.manager_path, "--mpi=pmix", "--no-kill",
                                 "--kill-on-bad-exit=0", "--input=none"};
  add(words, {fmt::format("--ntasks={}", start.ranks)});
  if (!start.hosts.empty()) {
    std::uint32_t most = 0;
    std::string names;
    for (const campaign::LaunchHost& host : start.hosts) {
      most = std::max(most, host.ranks);
      names += (names.empty() ? "" : ",") + host.name;
    }
    add(words, {fmt::format("--nodes={}", start.hosts.size()), "--nodelist=" + names,
                fmt::format("--ntasks-per-node={}", most)});
  }
  // Since Slurm 22.05 a step no longer takes this from the batch job by itself.
  const auto cores = environment.find("SLURM_CPUS_PER_TASK");
  if (cores != environment.end() && !has_word(settings.extra, {"--cpus-per-task", "-c"}))
    add(words, {"--cpus-per-task=" + cores->second});
  return words;
}

}  // namespace

LaunchCommand make_launch_command(const LaunchSettings& settings,
                                  const campaign::launch::Start& start,
                                  const std::string& launch_id, const Environment& environment) {
  LaunchCommand command;
  command.words = settings.manager == ProcessManager::mpirun
                      ? mpirun_words(settings, start, environment)
                      : srun_words(settings, start, environment);
  command.words.insert(command.words.end(), settings.extra.begin(), settings.extra.end());
  command.words.insert(command.words.end(), settings.program.begin(), settings.program.end());
  command.environment = {fmt::format("{}={}", launch_variable, start.attempt),
                         fmt::format("{}={}", launch_id_variable, launch_id)};
  // With another exchange of addresses ranks crash in MPI_Init now and then (Slurm 22.05).
  if (settings.manager == ProcessManager::srun)
    for (const auto& [name, value] :
         {std::pair{"SLURM_PMIX_FENCE", "ring"}, std::pair{"SLURM_PMIX_DIRECT_CONN", "true"}})
      if (!environment.contains(name))
        command.environment.push_back(fmt::format("{}={}", name, value));
  // In an allocation that has lost a node, a step of its own would wait for ever.
  if (start.attempt > 1 && environment.contains("SLURM_JOB_ID"))
    command.environment.emplace_back("SLURM_OVERLAP=1");
  return command;
}

}  // namespace foundation::runtime
