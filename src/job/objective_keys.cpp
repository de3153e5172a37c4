#include <algorithm>
#include <array>
#include <limits>

#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using optimize::Objective;
using optimize::WinnerRule;

constexpr std::array<std::string_view, 2> minimised{"cost", "latency"};
constexpr std::array<std::string_view, 4> rules{"score", "cost", "latency", "weights"};
constexpr double seconds_of_ns = 1e-9;

void assign_minimised(Job& job, const Reading& value) {
  auto& list = job.trajectory.objectives.minimised;
  list.clear();
  for (const std::string& name : value.texts()) {
    const auto known = std::ranges::find(minimised, name);
    if (known == minimised.end())
      value.reject("cannot hold '" + name + "'", hint_for(name, minimised));
    const Objective it = name == "cost" ? Objective::cost : Objective::latency;
    if (std::ranges::find(list, it) != list.end()) value.reject("names '" + name + "' twice");
    list.push_back(it);
  }
}

std::string show_minimised(const Job& job) {
  std::vector<std::string> names;
  for (const Objective it : job.trajectory.objectives.minimised)
    names.emplace_back(optimize::name_of(it));
  return names.empty() ? std::string{} : toml_text(names);
}

template <Objective objective>
void assign_limit(Job& job, const Reading& value) {
  auto& limit = job.trajectory.objectives.limits[objective];
  limit.reset();
  if (value.is_word("none")) return;
  if constexpr (objective == Objective::latency) {
    limit = static_cast<double>(value.duration(shortest).count()) * seconds_of_ns;
  } else {
    limit = value.number();
  }
}

template <Objective objective>
std::string show_limit(const Job& job) {
  const auto& limit = job.trajectory.objectives.limits[objective];
  if (objective != Objective::latency || !limit) return optional_text(limit, "none");
  return toml_text(core::Duration{static_cast<std::int64_t>(*limit / seconds_of_ns + 0.5)});
}

template <Objective objective>
void assign_weight(Job& job, const Reading& value) {
  job.trajectory.objectives.weights[objective] =
      value.number(0, std::numeric_limits<double>::max());
}

template <Objective objective>
std::string show_weight(const Job& job) {
  return toml_text(job.trajectory.objectives.weights[objective]);
}

constexpr Key table[] = {
    {{"objectives", "minimise", list_of_names, "[]", steers,
      "What counts beside the score, the less the better: `cost`, as the program reports it; "
      "`latency`, the seconds an answer takes. The results then have the candidates that no other "
      "one is better than in everything (Pareto front)."},
     assign_minimised,
     show_minimised},
    {{"objectives", "winner", "string", "\"score\"", carries,
      "what decides among the candidates that keep all limits: the best `score`, the least `cost` "
      "or `latency`, or the sum by `weights`. Equal ones are told apart by the score, then by the "
      "others in the order of `minimise`.",
      only_with("objectives.minimise", "cost latency")},
     [](Job& job, const Reading& value) {
       job.trajectory.objectives.winner =
           static_cast<WinnerRule>(index_in(rules, value.one_of(rules)));
     },
     [](const Job& job) {
       return toml_text(rules[static_cast<std::size_t>(job.trajectory.objectives.winner)]);
     }},
    {{"objectives", "score_limit", "number", "\"none\"", carries,
      "a winner's validation score is no worse than this.",
      only_with("objectives.minimise", "cost latency")},
     assign_limit<Objective::score>,
     show_limit<Objective::score>},
    {{"objectives", "cost_limit", "number", "\"none\"", carries,
      "a winner's evaluations cost no more than this on average.",
      only_with("objectives.minimise", "cost")},
     assign_limit<Objective::cost>,
     show_limit<Objective::cost>},
    {{"objectives", "latency_limit", "duration", "\"none\"", carries,
      "a winner's answers take no longer than this on average.",
      only_with("objectives.minimise", "latency")},
     assign_limit<Objective::latency>,
     show_limit<Objective::latency>},
    {{"objectives", "score_weight", "number", "1.0", carries,
      "weight of the score, scaled to 0 for the worst and 1 for the best of those that keep all "
      "limits.",
      only_with("objectives.winner", "weights")},
     assign_weight<Objective::score>,
     show_weight<Objective::score>},
    {{"objectives", "cost_weight", "number", "1.0", carries, "weight of the cost, scaled likewise.",
      only_with("objectives.winner", "weights")},
     assign_weight<Objective::cost>,
     show_weight<Objective::cost>},
    {{"objectives", "latency_weight", "number", "1.0", carries,
      "weight of the latency, scaled likewise.", only_with("objectives.winner", "weights")},
     assign_weight<Objective::latency>,
     show_weight<Objective::latency>},
};

}  // namespace

std::span<const Key> objective_keys() noexcept { return table; }

}  // namespace foundation::job::detail
