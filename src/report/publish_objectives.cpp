#include <limits>
#include <vector>

#include "optimize/objectives.hpp"
#include "report/detail/tables.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace {

using optimize::Contender;
using optimize::Objective;
using optimize::Objectives;
using optimize::WinnerRule;

constexpr double none = std::numeric_limits<double>::quiet_NaN();

bool decides(WinnerRule rule, Objective objective) {
  switch (rule) {
    case WinnerRule::score: return objective == Objective::score;
    case WinnerRule::cost: return objective == Objective::cost;
    case WinnerRule::latency: return objective == Objective::latency;
    case WinnerRule::weights: break;
  }
  return true;
}

/// A candidate's value for one goal.
struct Row {
  Contender contender;
  Objective objective;
  std::uint32_t cells;
};

/// What the tables are made of.
class Comparison {
 public:
  explicit Comparison(const RunView& view)
      : view_{view}, objectives_{campaign::options_of(*view.objectives), view.job->maximise} {
    for (const auto& outcome : view.outcomes) {
      if (!outcome) continue;
      const Contender contender = contender_of(*outcome);
      add_rows(*outcome, contender);
      if (outcome->complete && outcome->valid) complete_.push_back(contender);
    }
  }

  [[nodiscard]] const Objectives& objectives() const noexcept { return objectives_; }
  [[nodiscard]] const std::vector<Row>& rows() const noexcept { return rows_; }
  [[nodiscard]] std::vector<Contender> front() const { return objectives_.front(complete_); }
  [[nodiscard]] model::CandidateIndex winner() const {
    const Contender* winner = objectives_.winner(complete_);
    return winner == nullptr ? model::no_candidate : winner->candidate;
  }

 private:
  [[nodiscard]] std::span<const model::CellResult> cells_of(
      const optimize::CandidateOutcome& outcome) const {
    const auto cells = view_.cells.cells(outcome.index, model::Split::validation);
    return cells.first(std::min<std::size_t>(outcome.cells, cells.size()));
  }
  [[nodiscard]] Contender contender_of(const optimize::CandidateOutcome& outcome) const {
    return objectives_.contender(outcome.index, outcome.valid ? outcome.score : none,
                                 cells_of(outcome));
  }
  void add_rows(const optimize::CandidateOutcome& outcome, const Contender& contender) {
    for (const campaign::Goal& goal : view_.objectives->goals) {
      const bool is_score = goal.objective == Objective::score;
      rows_.push_back(
          {contender, goal.objective,
           is_score ? outcome.cells : mean_of(goal.objective, cells_of(outcome)).cells});
    }
  }

  const RunView& view_;
  Objectives objectives_;
  std::vector<Row> rows_;
  std::vector<Contender> complete_;
};

void publish_goals(const RunView& view, storage::TableSink& sink) {
  namespace goals = storage::schema::goals;
  using campaign::Goal;
  const auto& rows = view.objectives->goals;
  const WinnerRule rule = view.objectives->rule;
  sink.begin_table(goals::table, "what candidates are compared by", rows.size());
  add_column<std::int8_t>(sink, goals::objective, rows,
                          [](const Goal& it) { return it.objective; });
  add_column<std::string>(sink, goals::unit, rows, [](const Goal& it) { return it.unit; });
  add_column<std::int8_t>(sink, goals::maximise, rows, [&](const Goal& it) {
    return it.objective == Objective::score && view.job->maximise;
  });
  add_column<double>(sink, goals::limit, rows,
                     [](const Goal& it) { return it.is_limited ? it.limit : none; });
  add_column<double>(sink, goals::weight, rows, [&](const Goal& it) {
    return rule == WinnerRule::weights ? it.weight : none;
  });
  add_column<std::int8_t>(sink, goals::decides, rows,
                          [&](const Goal& it) { return decides(rule, it.objective); });
}

void publish_values(const Comparison& comparison, storage::TableSink& sink) {
  namespace objectives = storage::schema::objectives;
  const auto& rows = comparison.rows();
  sink.begin_table(objectives::table, "settled candidates under each goal", rows.size());
  add_column<std::uint32_t>(sink, objectives::candidate, rows,
                            [](const Row& it) { return it.contender.candidate; });
  add_column<std::int8_t>(sink, objectives::objective, rows,
                          [](const Row& it) { return it.objective; });
  add_column<double>(sink, objectives::mean, rows,
                     [](const Row& it) { return it.contender.values[it.objective]; });
  add_column<std::uint32_t>(sink, objectives::cells, rows, [](const Row& it) { return it.cells; });
  add_column<std::int8_t>(sink, objectives::limit_kept, rows, [&](const Row& it) {
    return comparison.objectives().keeps_limit(it.contender, it.objective);
  });
}

void publish_front(const Comparison& comparison, storage::TableSink& sink) {
  namespace front = storage::schema::front;
  using It = const Contender&;
  const std::vector<Contender> rows = comparison.front();
  const Objectives& objectives = comparison.objectives();
  const auto value_of = [&](Objective objective) {
    return [&objectives, objective](It it) {
      return objectives.options().counts(objective) ? it.values[objective] : none;
    };
  };
  sink.begin_table(front::table, "Pareto front on the whole validation split, by score",
                   rows.size());
  add_column<std::uint32_t>(sink, front::candidate, rows, [](It it) { return it.candidate; });
  add_column<double>(sink, front::score, rows, value_of(Objective::score));
  add_column<double>(sink, front::cost, rows, value_of(Objective::cost));
  add_column<double>(sink, front::latency, rows, value_of(Objective::latency));
  add_column<std::int8_t>(sink, front::limits_kept, rows,
                          [&](It it) { return objectives.keeps_limits(it); });
  const model::CandidateIndex winner = comparison.winner();
  add_column<std::int8_t>(sink, front::wins, rows, [=](It it) { return it.candidate == winner; });
}

}  // namespace

void publish_objectives(const RunView& view, storage::TableSink& sink) {
  if (!view.objectives || !view.job) return;
  const Comparison comparison{view};
  publish_goals(view, sink);
  publish_values(comparison, sink);
  publish_front(comparison, sink);
}

}  // namespace foundation::report::detail
