#include "programs/metric.hpp"

#include <array>
#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/quantity.hpp"
#include "programs/detail/f1.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs {
namespace {

using model::CellResult;
using model::CellStatus;

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array<std::string_view, 5> kinds{"exact_match", "accuracy", "macro_f1", "micro_f1",
                                                "mean_absolute_error"};

bool has_failed(const ScoredCell& cell) {
  return cell.status != CellStatus::ok && cell.status != CellStatus::wrong;
}

/// Sum of weight * score over sum of weights, in the order given. A failed cell adds
/// `failed_score`.
double weighted_mean(std::span<const ScoredCell> cells, bool weighted, double failed_score) {
  double sum = 0;
  double weights = 0;
  for (const ScoredCell& cell : cells) {
    const double weight = weighted ? cell.weight : 1.0;
    sum += weight * (has_failed(cell) ? failed_score : cell.score);
    weights += weight;
  }
  return cells.empty() ? nan : sum / weights;
}

/// What all metrics that compare texts share: a cell scores 1 when the answer is the label, white
/// space at the ends aside. The digest is that of the answer without it.
class MatchMetric : public Metric {
 public:
  MatchMetric(std::string_view name, bool weighted) : name_{name}, weighted_{weighted} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    CellResult result;
    const std::string_view answer = detail::trimmed(output.text);
    result.output = core::hash_text(answer);
    result.status = output.status;
    if (output.status != CellStatus::ok) return result;
    const bool matches = answer == detail::trimmed(example.label);
    result.score = matches ? 1.0 : 0.0;
    result.status = matches ? CellStatus::ok : CellStatus::wrong;
    return result;
  }
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted_, 0.0);
  }
  [[nodiscard]] bool maximise() const noexcept override { return true; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted_};
  }
  [[nodiscard]] std::string_view name() const noexcept override { return name_; }

 protected:
  [[nodiscard]] bool weighted() const noexcept { return weighted_; }

 private:
  std::string_view name_;
  bool weighted_;
};

class MacroF1 : public MatchMetric {
 public:
  using MatchMetric::MatchMetric;
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return cells.empty() ? nan : detail::macro_f1(cells, weighted());
  }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted(), .adds_up = false};
  }
};

class MicroF1 : public MatchMetric {
 public:
  using MatchMetric::MatchMetric;
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return cells.empty() ? nan : detail::micro_f1(cells, weighted());
  }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted(), .adds_up = false};
  }
};

/// |answer - label|, both read as decimal numbers.
class MeanAbsoluteError : public Metric {
 public:
  explicit MeanAbsoluteError(bool weighted) : weighted_{weighted} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    CellResult result;
    result.output = core::hash_text(detail::trimmed(output.text));
    result.status = output.status;
    if (output.status != CellStatus::ok) return result;
    const auto answer = detail::parse_number(output.text);
    const double error = std::fabs(answer.value_or(nan) - label_of(example));
    if (std::isfinite(error)) {
      result.score = error;
    } else {
      result.status = CellStatus::invalid_output;
    }
    return result;
  }
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted_, nan);
  }
  [[nodiscard]] bool maximise() const noexcept override { return false; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .weighted = weighted_};
  }
  [[nodiscard]] std::string_view name() const noexcept override { return kinds[4]; }

 private:
  static double label_of(const Example& example) {
    const auto label = detail::parse_number(example.label);
    if (label && std::isfinite(*label)) return *label;
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("the label '{}' of example '{}' is no finite number, which "
                                  "mean_absolute_error needs",
                                  example.label, example.id),
                      "choose another metric, e.g. exact_match, or another label field"};
  }

  bool weighted_;
};

}  // namespace

std::span<const std::string_view> metric_kinds() noexcept { return kinds; }

std::unique_ptr<Metric> make_metric(const MetricOptions& options) {
  const bool weighted = options.weighted;
  if (options.kind == kinds[0]) return std::make_unique<MatchMetric>(kinds[0], weighted);
  if (options.kind == kinds[1]) return std::make_unique<MatchMetric>(kinds[1], weighted);
  if (options.kind == kinds[2]) return std::make_unique<MacroF1>(kinds[2], weighted);
  if (options.kind == kinds[3]) return std::make_unique<MicroF1>(kinds[3], weighted);
  if (options.kind == kinds[4]) return std::make_unique<MeanAbsoluteError>(weighted);
  const auto near = core::nearest(options.kind, kinds);
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("there is no metric '{}'", options.kind),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : std::string{"metrics are exact_match, accuracy, macro_f1, micro_f1 and "
                                       "mean_absolute_error"}};
}

}  // namespace foundation::programs
