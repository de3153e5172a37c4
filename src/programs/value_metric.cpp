#include <cmath>
#include <vector>

#include "programs/detail/explanation.hpp"
#include "programs/detail/score_metric.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {

using model::CellResult;
using model::CellStatus;

double ScoreMetric::aggregate(std::span<const ScoredCell> cells) const {
  std::vector<ScoredCell> counted{cells.begin(), cells.end()};
  for (ScoredCell& cell : counted) {
    if (!has_failed(cell)) continue;
    cell.score = cell.status == CellStatus::timeout ? timeout_ : failure_;
    cell.status = CellStatus::ok;
  }
  return weighted_mean(counted, weighted_, no_score);
}

void ScoreMetric::set_score(std::string_view text, CellResult& result) {
  const double score = parse_number(text).value_or(no_score);
  if (std::isfinite(score)) {
    result.score = score;
  } else {
    result.status = CellStatus::invalid_output;
  }
}

namespace {

class ValueMetric final : public ScoreMetric {
 public:
  using ScoreMetric::ScoreMetric;

  [[nodiscard]] CellResult score(const Example& /*example*/,
                                 const CellOutput& output) const override {
    CellResult result = unscored(output);
    if (output.status == CellStatus::ok) set_score(output.text, result);
    return result;
  }
  [[nodiscard]] std::string explain(const Example& /*example*/,
                                    const CellOutput& output) const override {
    return explain_failure(output);
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "value"; }
};

}  // namespace

std::unique_ptr<Metric> make_value_metric(const MetricOptions& options) {
  return std::make_unique<ValueMetric>(options);
}

}  // namespace foundation::programs::detail
