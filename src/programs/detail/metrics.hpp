#pragma once

#include <limits>
#include <memory>
#include <string_view>

#include "programs/metric.hpp"

/// One maker for each family of metrics, and what they share.
namespace foundation::programs::detail {

inline constexpr double no_score = std::numeric_limits<double>::quiet_NaN();

[[nodiscard]] bool has_failed(const ScoredCell& cell) noexcept;
/// Sum of weight * score over sum of weights, in the order given. A failed cell adds
/// `failed_score`.
[[nodiscard]] double weighted_mean(std::span<const ScoredCell> cells, bool weighted,
                                   double failed_score);
/// Digest and status of an answer, not yet scored. How a failure is told depends on chance (times,
/// process numbers): it has no digest.
[[nodiscard]] model::CellResult unscored(const CellOutput& output);

/// exact_match, accuracy, macro_f1, micro_f1, regex, json_field: the answer is right or wrong.
[[nodiscard]] std::unique_ptr<Metric> make_match_metric(const MetricOptions& options);
/// mean_absolute_error, numeric_tolerance: answers and labels are numbers.
[[nodiscard]] std::unique_ptr<Metric> make_numeric_metric(const MetricOptions& options);
[[nodiscard]] std::unique_ptr<Metric> make_token_f1(const MetricOptions& options);
/// value: the answer is the score.
[[nodiscard]] std::unique_ptr<Metric> make_value_metric(const MetricOptions& options);
/// command: an external program says the score.
[[nodiscard]] std::unique_ptr<Metric> make_command_metric(const MetricOptions& options);
/// plugin: a shared library says it.
[[nodiscard]] std::unique_ptr<Metric> make_plugin_metric(const MetricOptions& options);
/// judge: a language model does.
[[nodiscard]] std::unique_ptr<Metric> make_judge_metric(const MetricOptions& options);

}  // namespace foundation::programs::detail
