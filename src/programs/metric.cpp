#include "programs/metric.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/quantity.hpp"
#include "programs/detail/metrics.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs {
namespace {

using Maker = std::unique_ptr<Metric> (*)(const MetricOptions&);

constexpr std::array<std::string_view, 13> kinds{
    "exact_match",       "accuracy", "macro_f1",   "micro_f1", "mean_absolute_error",
    "numeric_tolerance", "regex",    "json_field", "token_f1", "value",
    "command",           "plugin",   "judge"};
constexpr std::array<Maker, kinds.size()> makers{
    detail::make_match_metric, detail::make_match_metric,   detail::make_match_metric,
    detail::make_match_metric, detail::make_numeric_metric, detail::make_numeric_metric,
    detail::make_match_metric, detail::make_match_metric,   detail::make_token_f1,
    detail::make_value_metric, detail::make_command_metric, detail::make_plugin_metric,
    detail::make_judge_metric};

}  // namespace

namespace detail {

bool has_failed(const ScoredCell& cell) noexcept {
  return cell.status != model::CellStatus::ok && cell.status != model::CellStatus::wrong;
}

double weighted_mean(std::span<const ScoredCell> cells, bool weighted, double failed_score) {
  double sum = 0;
  double weights = 0;
  for (const ScoredCell& cell : cells) {
    const double weight = weighted ? cell.weight : 1.0;
    sum += weight * (has_failed(cell) ? failed_score : cell.score);
    weights += weight;
  }
  return cells.empty() ? no_score : sum / weights;
}

model::CellResult unscored(const CellOutput& output) {
  model::CellResult result;
  result.status = output.status;
  if (output.status == model::CellStatus::ok) result.output = core::hash_text(trimmed(output.text));
  return result;
}

}  // namespace detail

std::span<const std::string_view> metric_kinds() noexcept { return kinds; }

std::unique_ptr<Metric> make_metric(const MetricOptions& options) {
  const auto kind = std::ranges::find(kinds, options.kind);
  if (kind != kinds.end()) return makers[static_cast<std::size_t>(kind - kinds.begin())](options);
  const auto near = core::nearest(options.kind, kinds);
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("there is no metric '{}'", options.kind),
                    near ? fmt::format("did you mean '{}'?", *near)
                         : fmt::format("metrics are {}", fmt::join(kinds, ", "))};
}

}  // namespace foundation::programs
