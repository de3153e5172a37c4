#include "report/detail/summary_objectives.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "optimize/objectives.hpp"
#include "report/detail/table_reader.hpp"
#include "report/terminal_text.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace schema = storage::schema;
using Json = nlohmann::ordered_json;
using optimize::Objective;

namespace {

constexpr std::size_t most_members = 20;
constexpr std::size_t widest_unit = 40;
constexpr std::size_t widest_changes = 60;

std::string name_of(std::int8_t objective) {
  return std::string{optimize::name_of(static_cast<Objective>(objective))};
}

std::vector<GoalSummary> read_goals(const storage::TableSource& tables) {
  const TableReader table{tables, schema::goals::table};
  const auto objective = table.all<std::int8_t>(schema::goals::objective);
  const auto unit = table.all<std::string>(schema::goals::unit);
  const auto maximise = table.all<std::int8_t>(schema::goals::maximise);
  const auto limit = table.all<double>(schema::goals::limit);
  const auto weight = table.all<double>(schema::goals::weight);
  const auto decides = table.all<std::int8_t>(schema::goals::decides);
  std::vector<GoalSummary> goals(objective.size());
  for (std::size_t i = 0; i < goals.size(); ++i)
    goals[i] = {.objective = name_of(objective[i]),
                .unit = unit[i],
                .maximise = maximise[i] != 0,
                .limit = limit[i],
                .weight = weight[i],
                .decides = decides[i] != 0};
  return goals;
}

std::vector<FrontMember> read_front(const storage::TableSource& tables) {
  namespace front = schema::front;
  const TableReader table{tables, front::table};
  const auto candidate = table.all<std::uint32_t>(front::candidate);
  const auto score = table.all<double>(front::score);
  const auto cost = table.all<double>(front::cost);
  const auto latency = table.all<double>(front::latency);
  const auto limits_kept = table.all<std::int8_t>(front::limits_kept);
  const auto wins = table.all<std::int8_t>(front::wins);
  std::vector<FrontMember> members(candidate.size());
  for (std::size_t i = 0; i < members.size(); ++i)
    members[i] = {.candidate = candidate[i],
                  .score = score[i],
                  .cost = cost[i],
                  .latency = latency[i],
                  .limits_kept = limits_kept[i] != 0,
                  .wins = wins[i] != 0};
  return members;
}

double value_of(const FrontMember& member, const GoalSummary& goal) {
  if (goal.objective == "cost") return member.cost;
  return goal.objective == "latency" ? member.latency : member.score;
}

bool is_limited(const ObjectivesSummary& objectives) {
  return std::ranges::any_of(objectives.goals,
                             [](const GoalSummary& it) { return std::isfinite(it.limit); });
}

/// "the best score of those that keep all limits".
std::string rule_text(const ObjectivesSummary& objectives) {
  std::string weights;
  const GoalSummary* decisive = &objectives.goals.front();
  for (const GoalSummary& goal : objectives.goals) {
    if (goal.decides) decisive = &goal;
    if (std::isfinite(goal.weight))
      weights +=
          fmt::format("{}{} x {}", weights.empty() ? "" : " + ", goal.weight, goal.objective);
  }
  std::string text = !weights.empty() ? fmt::format("the largest {}, each from 0 to 1", weights)
                     : decisive->objective == "score"
                         ? std::string{"the best score"}
                         : fmt::format("the least {}", decisive->objective);
  return is_limited(objectives) ? text + ", of those that keep all limits" : text;
}

std::string goals_text(const ObjectivesSummary& objectives) {
  std::string text = "\nobjectives\n";
  for (const GoalSummary& goal : objectives.goals) {
    text += fmt::format("  {:<11} {} is better ({})", goal.objective,
                        goal.maximise ? "more" : "less", visible(goal.unit, widest_unit));
    if (std::isfinite(goal.limit))
      text += fmt::format(", at {} {:.6g}", goal.maximise ? "least" : "most", goal.limit);
    text += '\n';
  }
  return text + fmt::format("  winner      {}\n", rule_text(objectives));
}

std::string member_text(const Summary& summary, const FrontMember& member) {
  std::string text = member.wins ? "  *" : "   ";
  for (const GoalSummary& goal : summary.objectives.goals) {
    const double value = value_of(member, goal);
    text +=
        std::isfinite(value) ? fmt::format(" {:>11.5g}", value) : fmt::format(" {:>11}", "unknown");
  }
  text += fmt::format("  c{}", member.candidate);
  const CandidateSummary* candidate = summary.candidate(member.candidate);
  if (candidate != nullptr && !candidate->changes.empty())
    text += fmt::format(": {}", visible(candidate->changes, widest_changes));
  return text + (member.limits_kept ? "\n" : " (breaks a limit)\n");
}

}  // namespace

ObjectivesSummary read_objectives(const storage::TableSource& tables) {
  if (!tables.has_table(schema::goals::table)) return {};
  return {read_goals(tables), read_front(tables)};
}

std::string objectives_text(const Summary& summary) {
  const ObjectivesSummary& objectives = summary.objectives;
  if (objectives.goals.empty()) return {};
  std::string text = goals_text(objectives);
  if (objectives.front.empty()) return text;
  text += "\nPareto front on validation (no candidate is better than these in everything)\n   ";
  for (const GoalSummary& goal : objectives.goals) text += fmt::format(" {:>11}", goal.objective);
  text += '\n';
  const std::size_t count = std::min(most_members, objectives.front.size());
  for (std::size_t i = 0; i < count; ++i) text += member_text(summary, objectives.front[i]);
  if (count < objectives.front.size())
    text += fmt::format("  and {} more: --json lists them all\n", objectives.front.size() - count);
  return text;
}

nlohmann::ordered_json objectives_json(const ObjectivesSummary& objectives) {
  const auto number = [](double value) {
    return std::isfinite(value) ? Json(value) : Json(nullptr);
  };
  Json goals = Json::array();
  for (const GoalSummary& it : objectives.goals)
    goals.push_back({{"objective", it.objective},
                     {"unit", it.unit},
                     {"direction", it.maximise ? "max" : "min"},
                     {"limit", number(it.limit)},
                     {"weight", number(it.weight)},
                     {"decides", it.decides}});
  Json front = Json::array();
  for (const FrontMember& it : objectives.front) {
    Json member{{"candidate", it.candidate}};
    for (const GoalSummary& goal : objectives.goals)
      member[goal.objective] = number(value_of(it, goal));
    member["limits_kept"] = it.limits_kept;
    member["wins"] = it.wins;
    front.push_back(std::move(member));
  }
  if (goals.empty()) return nullptr;
  return {{"goals", goals}, {"winner", rule_text(objectives)}, {"front", front}};
}

std::string objectives_plain(const ObjectivesSummary& objectives) {
  std::string text;
  for (const GoalSummary& it : objectives.goals)
    text += fmt::format("objective\t{}\t{}\t{}\t{}\n", it.objective, it.maximise ? "max" : "min",
                        it.limit, visible(it.unit));
  for (const FrontMember& it : objectives.front)
    text += fmt::format("front\t{}\t{}\t{}\t{}\t{}\t{}\n", it.candidate, it.score, it.cost,
                        it.latency, it.limits_kept ? "kept" : "broken", it.wins ? "wins" : "-");
  return text;
}

}  // namespace foundation::report::detail
