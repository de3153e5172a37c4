#include "launch_arguments.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation {
namespace {

constexpr const char* group = "Starting ranks";
constexpr std::uint32_t most_ranks = 1'000'000;

core::Duration parse_timeout(const char* option, const std::string& text) {
  const auto span = core::parse_duration(text);
  if (span && *span > core::Duration::zero()) return *span;
  throw core::Error{core::ErrorKind::usage, fmt::format("{} {}: this is no duration", option, text),
                    "write 90s, 5m or 1h30m"};
}

bool any_given(const std::vector<const CLI::Option*>& options) {
  return std::ranges::any_of(options,
                             [](const CLI::Option* option) { return option->count() > 0; });
}

}  // namespace

bool LaunchArguments::wanted() const {
  if (any_given(starting)) return true;
  for (const CLI::Option* option : refining) {
    if (option->count() > 0)
      throw core::Error{core::ErrorKind::usage,
                        fmt::format("{} is about ranks that this command starts, and it starts "
                                    "none",
                                    option->get_name()),
                        "say how many with -n, or where with --hosts"};
  }
  return false;
}

runtime::LaunchPlan LaunchArguments::plan() {
  if (!start_timeout.empty())
    options.start_timeout = parse_timeout("--start-timeout", start_timeout);
  if (!silence_timeout.empty())
    options.silence_timeout = parse_timeout("--silence-timeout", silence_timeout);
  return runtime::plan_launch(options);
}

void add_launch_arguments(CLI::App& command, LaunchArguments& arguments) {
  runtime::LaunchOptions& options = arguments.options;
  const auto starts = [&](CLI::Option* option) {
    option->group(group);
    arguments.starting.push_back(option);
    return option;
  };
  const auto refines = [&](CLI::Option* option) {
    option->group(group);
    arguments.refining.push_back(option);
    return option;
  };
  starts(command.add_option("-n,--ranks", options.ranks, "Start so many MPI ranks"))
      ->check(CLI::Range(1U, most_ranks));
  CLI::Option* hosts =
      starts(command.add_option("--hosts", options.hosts, "... on these hosts: a:2,b:2"));
  starts(command.add_option("--hostfile", options.host_file,
                            "... on the hosts in this file, one a line: a slots=2"))
      ->excludes(hosts);
  starts(command.add_option("--launcher", options.manager,
                            "... by mpirun or srun; default: srun in a Slurm allocation where it "
                            "can start Open MPI (pmix), else mpirun"))
      ->check(CLI::IsMember({"mpirun", "srun"}));
  refines(command.add_option("--launcher-args", options.manager_arguments,
                             "More arguments for mpirun or srun, separated by blanks"));
  refines(command.add_option("--min-ranks", options.min_ranks,
                             "Give up when the hosts that are left have room for fewer; default 1"))
      ->check(CLI::Range(1U, most_ranks));
  refines(command.add_option("--max-relaunches", options.max_relaunches,
                             "Give up after so many relaunches without a new evaluation; default "
                             "5"))
      ->check(CLI::Range(0U, 1000U));
  refines(command.add_option("--start-timeout", arguments.start_timeout,
                             "How long the start may take; default: 60s, 1s more a rank and 3s for "
                             "each rank beyond the cores"))
      ->type_name("DURATION");
  refines(command.add_option("--silence-timeout", arguments.silence_timeout,
                             "Relaunch when the journal has not grown for so long; default 60s"))
      ->type_name("DURATION");
}

}  // namespace foundation
