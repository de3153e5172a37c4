#include <array>

#include <fmt/format.h>

#include "job/detail/command_keys.hpp"
#include "job/detail/key.hpp"
#include "job/detail/layer.hpp"
#include "job/detail/space_change.hpp"

namespace foundation::job::detail {
namespace {

using optimize::Objective;
using optimize::ObjectiveOptions;
using optimize::WinnerRule;

[[noreturn]] void reject(const Job& job, std::string_view path, std::string message,
                         std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, place_of(job, path), std::move(message),
                    std::move(hint)};
}

constexpr std::array costs{Objective::cost, Objective::latency};

void check_rule(const Job& job) {
  const ObjectiveOptions& options = job.trajectory.objectives;
  const bool by_one = options.winner == WinnerRule::cost || options.winner == WinnerRule::latency;
  if (!by_one) return;
  const Objective one = options.winner == WinnerRule::cost ? Objective::cost : Objective::latency;
  if (!options.counts(one))
    reject(job, "objectives.winner",
           fmt::format("winner = \"{0}\", but '{0}' is not among the objectives", name_of(one)),
           fmt::format("add it: minimise = [\"{}\"]", name_of(one)));
  if (!options.limits[Objective::score])
    reject(job, "objectives.winner",
           fmt::format("the candidate with the least {} would win, however bad its score",
                       name_of(one)),
           "say what is good enough: score_limit = ...");
}

void check_weights(const Job& job) {
  const ObjectiveOptions& options = job.trajectory.objectives;
  if (options.winner != WinnerRule::weights) return;
  double sum = options.weights[Objective::score];
  for (const Objective it : costs) {
    const std::string path = fmt::format("objectives.{}_weight", name_of(it));
    if (options.counts(it)) {
      sum += options.weights[it];
    } else if (job.places.contains(path)) {
      reject(
          job, path,
          fmt::format("'{0}_weight' is given, but '{0}' is not among the objectives", name_of(it)),
          fmt::format("remove it, or add \"{}\" to minimise", name_of(it)));
    }
  }
  if (sum == 0)
    reject(job, "objectives.winner", "all weights are 0", "give at least one objective a weight");
}

/// Kinds that never say what a cell costs. Others may say it or not.
void check_cost(const Job& job) {
  const bool counts = job.trajectory.objectives.counts(Objective::cost);
  if (!counts && !job.trajectory.cost_budget) return;
  const std::string& kind = job.program.kind;
  if (kind == "lm" || kind == "plugin") return;
  const std::string_view path = counts ? "objectives.minimise" : "budget.cost";
  if (kind != "command")
    reject(job, path, fmt::format("a program of kind '{}' does not say what it costs", kind),
           "costs are told by programs of kind lm, command and plugin");
  if (!job.program.command.may_tell_cost())
    reject(job, path, "the command does not say what it costs",
           "with answer = \"json\" write cost_pointer = \"/cost\" below [program], or let a "
           "persistent program answer {\"id\": 7, \"output\": ..., \"cost\": 0.5}");
}

}  // namespace

void check_objectives(const Job& job) {
  check_rule(job);
  check_weights(job);
  check_cost(job);
}

}  // namespace foundation::job::detail
