#pragma once

#include "programs/detail/metrics.hpp"

namespace foundation::programs::detail {

/// What metrics share whose scores have no bounds and a direction that the user gives: there is no
/// worst score, so it is the user who says what failures count.
class ScoreMetric : public Metric {
 public:
  explicit ScoreMetric(const MetricOptions& options)
      : weighted_{options.weighted},
        maximise_{options.maximise},
        failure_{options.failure_value.value_or(no_score)},
        timeout_{options.timeout_value.value_or(failure_)} {}

  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override;
  [[nodiscard]] bool maximise() const noexcept override { return maximise_; }
  [[nodiscard]] ScoreScale scale() const noexcept override { return {.weighted = weighted_}; }

 protected:
  /// The text as the cell's score; invalid output unless it is a finite number.
  static void set_score(std::string_view text, model::CellResult& result);

 private:
  bool weighted_;
  bool maximise_;
  double failure_;
  double timeout_;
};

}  // namespace foundation::programs::detail
