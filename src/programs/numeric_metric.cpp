#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/explanation.hpp"
#include "programs/detail/metrics.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellResult;
using model::CellStatus;

/// What both metrics on numbers share: |answer - label|, both read as decimal numbers.
class NumericMetric : public Metric {
 public:
  NumericMetric(std::string_view name, bool weighted) : name_{name}, weighted_{weighted} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const final {
    CellResult result = unscored(output);
    if (output.status != CellStatus::ok) return result;
    const double label = label_of(example);
    const double error = std::fabs(parse_number(output.text).value_or(no_score) - label);
    if (std::isfinite(error)) {
      rate(error, label, result);
    } else {
      result.status = CellStatus::invalid_output;
    }
    return result;
  }
  [[nodiscard]] std::string explain(const Example& example, const CellOutput& output) const final {
    if (output.status != CellStatus::ok) return explain_failure(output);
    const double label = label_of(example);
    const auto answer = parse_number(output.text);
    if (!answer || !std::isfinite(*answer))
      return fmt::format("The answer was {}, which is no finite number; expected {}.",
                         quoted(output.text), label);
    if (*answer == label) return fmt::format("The answer {} is exactly right.", *answer);
    return fmt::format("The answer was {}, expected {}: too {} by {:.6g}{}.", *answer, label,
                       *answer > label ? "high" : "low", std::fabs(*answer - label),
                       remark(std::fabs(*answer - label), label));
  }
  [[nodiscard]] std::string_view name() const noexcept final { return name_; }

 protected:
  /// More about an error, beginning with a comma.
  [[nodiscard]] virtual std::string remark(double /*error*/, double /*label*/) const { return {}; }
  virtual void rate(double error, double label, CellResult& result) const = 0;
  [[nodiscard]] bool weighted() const noexcept { return weighted_; }

 private:
  [[nodiscard]] double label_of(const Example& example) const {
    const auto label = parse_number(example.label);
    if (label && std::isfinite(*label)) return *label;
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("the label '{}' of example '{}' is no finite number, which {} needs",
                    example.label, example.id, name_),
        "choose another metric, e.g. exact_match, or another label field"};
  }

  std::string_view name_;
  bool weighted_;
};

class MeanAbsoluteError final : public NumericMetric {
 public:
  explicit MeanAbsoluteError(bool weighted) : NumericMetric{"mean_absolute_error", weighted} {}
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted(), no_score);
  }
  [[nodiscard]] bool maximise() const noexcept override { return false; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .weighted = weighted()};
  }

 private:
  void rate(double error, double /*label*/, CellResult& result) const override {
    result.score = error;
  }
};

class NumericTolerance final : public NumericMetric {
 public:
  explicit NumericTolerance(const MetricOptions& options)
      : NumericMetric{"numeric_tolerance", options.weighted},
        absolute_{options.absolute_tolerance},
        relative_{options.relative_tolerance} {}
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted(), 0.0);
  }
  [[nodiscard]] bool maximise() const noexcept override { return true; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted()};
  }

 private:
  [[nodiscard]] double tolerance(double label) const {
    return std::max(absolute_, relative_ * std::fabs(label));
  }
  [[nodiscard]] std::string remark(double error, double label) const override {
    if (error <= tolerance(label)) return ", which is near enough";
    return fmt::format(", where {:.6g} would be near enough", tolerance(label));
  }
  void rate(double error, double label, CellResult& result) const override {
    const bool is_near = error <= tolerance(label);
    result.score = is_near ? 1.0 : 0.0;
    result.status = is_near ? CellStatus::ok : CellStatus::wrong;
  }

  double absolute_;
  double relative_;
};

}  // namespace

std::unique_ptr<Metric> make_numeric_metric(const MetricOptions& options) {
  if (options.kind == "numeric_tolerance") return std::make_unique<NumericTolerance>(options);
  return std::make_unique<MeanAbsoluteError>(options.weighted);
}

}  // namespace foundation::programs::detail
