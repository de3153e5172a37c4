#include <algorithm>
#include <string>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/command_answer.hpp"
#include "programs/detail/explanation.hpp"
#include "programs/detail/f1.hpp"
#include "programs/detail/metrics.hpp"
#include "programs/detail/pattern.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellResult;
using model::CellStatus;

/// What all metrics share whose answers are right or wrong.
class MatchMetric : public Metric {
 public:
  explicit MatchMetric(const MetricOptions& options)
      : name_{name_of(options.kind)}, weighted_{options.weighted} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    CellResult result = unscored(output);
    if (output.status != CellStatus::ok) return result;
    const bool is_right = matches(trimmed(output.text), trimmed(example.label));
    result.score = is_right ? 1.0 : 0.0;
    result.status = is_right ? CellStatus::ok : CellStatus::wrong;
    return result;
  }
  [[nodiscard]] std::string explain(const Example& example, const CellOutput& output) const final {
    if (output.status != CellStatus::ok) return explain_failure(output);
    const std::string_view answer = trimmed(output.text);
    const std::string_view label = trimmed(example.label);
    return matches(answer, label) ? "The answer is right." : explain_wrong(answer, label);
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
  [[nodiscard]] virtual bool matches(std::string_view answer, std::string_view label) const {
    return answer == label;
  }
  [[nodiscard]] virtual std::string explain_wrong(std::string_view answer,
                                                  std::string_view label) const {
    return explain_mismatch(answer, label);
  }
  [[nodiscard]] bool weighted() const noexcept { return weighted_; }

 private:
  /// With a lifetime of its own.
  static std::string_view name_of(const std::string& kind) {
    return *std::ranges::find(metric_kinds(), kind);
  }

  std::string_view name_;
  bool weighted_;
};

class MacroF1 final : public MatchMetric {
 public:
  using MatchMetric::MatchMetric;
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return cells.empty() ? no_score : macro_f1(cells, weighted());
  }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted(), .adds_up = false};
  }
};

class MicroF1 final : public MatchMetric {
 public:
  using MatchMetric::MatchMetric;
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return cells.empty() ? no_score : micro_f1(cells, weighted());
  }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted(), .adds_up = false};
  }
};

class RegexMatch final : public MatchMetric {
 public:
  using MatchMetric::MatchMetric;

 private:
  [[nodiscard]] bool matches(std::string_view answer, std::string_view label) const override {
    return Pattern{std::string{label}}.matches(answer);
  }
  [[nodiscard]] std::string explain_wrong(std::string_view answer,
                                          std::string_view label) const override {
    if (answer.empty())
      return fmt::format("The answer was empty, but is to match the pattern {}.", quoted(label));
    return fmt::format("The answer was {}, which as a whole does not match the pattern {}.",
                       quoted(answer), quoted(label));
  }
};

/// Numbers are equal however they are written.
bool are_equal(std::string_view answer, std::string_view label) {
  if (answer == label) return true;
  const auto left = parse_number(answer);
  const auto right = parse_number(label);
  return left && right && *left == *right;
}

class JsonField final : public MatchMetric {
 public:
  explicit JsonField(const MetricOptions& options)
      : MatchMetric{options}, pointer_{options.pointer} {
    require_json_pointer(pointer_);
  }

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    CellResult result = MatchMetric::score(example, output);
    const bool is_answer = output.status == CellStatus::ok;
    if (is_answer && !json_at(output.text, pointer_)) {
      result.score = no_score;
      result.status = CellStatus::invalid_output;
    }
    return result;
  }

 private:
  [[nodiscard]] bool matches(std::string_view answer, std::string_view label) const override {
    const auto found = json_at(answer, pointer_);
    return found && are_equal(trimmed(*found), label);
  }
  [[nodiscard]] std::string explain_wrong(std::string_view answer,
                                          std::string_view label) const override {
    const auto found = json_at(answer, pointer_);
    if (!found)
      return fmt::format(
          "The answer was {}, which is no JSON with a value at '{}'; expected {} "
          "there.",
          quoted(answer), pointer_, quoted(label));
    return fmt::format("At '{}': {}", pointer_, explain_mismatch(*found, label));
  }

  std::string pointer_;
};

}  // namespace

std::unique_ptr<Metric> make_match_metric(const MetricOptions& options) {
  if (options.kind == "macro_f1") return std::make_unique<MacroF1>(options);
  if (options.kind == "micro_f1") return std::make_unique<MicroF1>(options);
  if (options.kind == "regex") return std::make_unique<RegexMatch>(options);
  if (options.kind == "json_field") return std::make_unique<JsonField>(options);
  return std::make_unique<MatchMetric>(options);
}

}  // namespace foundation::programs::detail
