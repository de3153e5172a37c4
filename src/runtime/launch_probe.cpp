#include "runtime/launch_probe.hpp"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "runtime/short_command.hpp"

namespace foundation::runtime {
namespace {

/// A host that is gone is given up some seconds after the last one that answered; where this
/// machine is so busy that not even the first answers by then, all get more time.
constexpr CommandLimit host_limit{.whole = std::chrono::seconds{30},
                                  .pause = std::chrono::seconds{5}};
constexpr CommandLimit slurm_limit{std::chrono::seconds{30}};

std::string host_name() {
  std::array<char, 256> name{};
  gethostname(name.data(), name.size() - 1);
  return name.data();
}

std::string without_domain(const std::string& host) { return host.substr(0, host.find('.')); }

/// Last line that is not empty: where ssh and its like say what was wrong.
std::string last_line(const std::string& output) {
  std::istringstream lines{output};
  std::string last;
  for (std::string line; std::getline(lines, line);)
    if (!line.empty()) last = line;
  return last;
}

std::string why(const CommandOutcome& outcome) {
  if (!outcome.status) return "no answer in time";
  const std::string said = last_line(outcome.output);
  return said.empty() ? fmt::format("status {}", *outcome.status) : said;
}

void add_failure(Reach& reach, const std::string& host, const std::string& reason) {
  reach.failures += fmt::format("{}{}: {}", reach.failures.empty() ? "" : ", ", host, reason);
}

/// The first agent of "ssh -q : rsh" that is installed, as words.
std::vector<std::string> agent_words() {
  const char* chosen = std::getenv("OMPI_MCA_plm_rsh_agent");
  std::istringstream agents{chosen == nullptr ? "ssh : rsh" : chosen};
  for (std::string agent; std::getline(agents, agent, ':');) {
    std::vector<std::string> words = split_words(agent);
    if (words.empty() || !find_program(words[0])) continue;
    // Nobody is there to type a password.
    if (std::filesystem::path{words[0]}.filename() == "ssh")
      words.insert(words.begin() + 1, {"-o", "BatchMode=yes"});
    return words;
  }
  return {};
}

std::string output_of(const std::vector<std::string>& command) {
  const CommandOutcome outcome = run_commands({command}, slurm_limit).front();
  if (outcome.status == 0) return outcome.output;
  throw core::Error{
      core::ErrorKind::infrastructure,
      fmt::format("Slurm does not say which nodes this job has: `{}`: {}", fmt::join(command, " "),
                  outcome.status ? last_line(outcome.output) : "no answer"),
      "name the hosts with --hosts, or start mpirun or srun yourself"};
}

}  // namespace

bool is_this_host(const std::string& host) {
  const std::string self = host_name();
  return host == "localhost" || host == self || without_domain(host) == without_domain(self);
}

std::vector<std::string> remote_command(const std::string& host) {
  std::vector<std::string> words = agent_words();
  if (!words.empty()) words.push_back(host);
  return words;
}

Reach probe_hosts(const std::vector<campaign::LaunchHost>& hosts) {
  Reach reach;
  std::vector<std::string> asked;
  std::vector<std::vector<std::string>> commands;
  for (const campaign::LaunchHost& host : hosts) {
    std::vector<std::string> command = remote_command(host.name);
    if (is_this_host(host.name)) {
      reach.reachable.push_back(host.name);
    } else if (command.empty()) {
      add_failure(reach, host.name, "neither ssh nor the agent in OMPI_MCA_plm_rsh_agent is here");
    } else {
      asked.push_back(host.name);
      command.emplace_back("true");
      commands.push_back(std::move(command));
    }
  }
  const std::vector<CommandOutcome> outcomes = run_commands(commands, host_limit);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    if (outcomes[i].status == 0) {
      reach.reachable.push_back(asked[i]);
    } else {
      add_failure(reach, asked[i], why(outcomes[i]));
    }
  }
  return reach;
}

Reach probe_allocation(const std::vector<campaign::LaunchHost>& hosts) {
  Reach reach;
  std::vector<std::string> nodes;
  try {
    nodes = slurm_nodes();
  } catch (const core::Error& error) {  // a controller that is away is no reason to lose the nodes
    core::log(core::LogLevel::warning, error.what());
    for (const campaign::LaunchHost& host : hosts) nodes.push_back(host.name);
  }
  for (const campaign::LaunchHost& host : hosts) {
    if (std::ranges::find(nodes, host.name) != nodes.end()) {
      reach.reachable.push_back(host.name);
    } else {
      add_failure(reach, host.name, "no longer in this Slurm allocation");
    }
  }
  return reach;
}

std::vector<std::string> slurm_nodes() {
  const char* job = std::getenv("SLURM_JOB_ID");
  const std::vector<std::string> list =
      split_words(output_of({"squeue", "-h", "-j", job == nullptr ? "" : job, "-o", "%N"}));
  if (list.empty())
    throw core::Error{core::ErrorKind::infrastructure, "Slurm knows of no nodes of this job",
                      "start it inside an allocation (sbatch, salloc)"};
  return split_words(output_of({"scontrol", "show", "hostnames", list.front()}));
}

bool srun_has_pmix() {
  if (!find_program("srun")) return false;
  const CommandOutcome outcome = run_commands({{"srun", "--mpi=list"}}, slurm_limit).front();
  return outcome.output.find("pmix") != std::string::npos;
}

}  // namespace foundation::runtime
