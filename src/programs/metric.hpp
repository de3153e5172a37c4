#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>

#include "model/cell.hpp"
#include "programs/dataset.hpp"
#include "programs/program.hpp"

namespace foundation::programs {

/// What aggregation needs to know of a finished cell.
struct ScoredCell {
  double score = 0;
  double weight = 1;
  std::uint64_t label = 0;   ///< core::hash_text of the example's label
  std::uint64_t output = 0;  ///< core::hash_text of the program's output
  model::CellStatus status = model::CellStatus::ok;
};

/// What comparisons of single cells may rely on.
struct ScoreScale {
  double low = -std::numeric_limits<double>::infinity();  ///< a cell's score is not below
  double high = std::numeric_limits<double>::infinity();  ///< or above
  bool weighted = false;                                  ///< examples count with their weights
  bool adds_up = true;  ///< `aggregate` is the mean of the cells' scores
};

/// Scores one cell, and sums cells up. Both are pure; sums run in the order given.
class Metric {
 public:
  virtual ~Metric() = default;
  /// Fills score, output digest and status (`wrong`, `invalid_output`) from the program's answer;
  /// the digest leaves out white space at the ends. A failed output keeps its status, without a
  /// score.
  [[nodiscard]] virtual model::CellResult score(const Example& example,
                                                const CellOutput& output) const = 0;
  /// NaN when `cells` is empty. Failed cells (timeout, crashed, invalid output ...) count with
  /// the metric's worst score: 0 for bounded metrics; for mean_absolute_error the candidate has
  /// no score (NaN), since no error is the worst.
  [[nodiscard]] virtual double aggregate(std::span<const ScoredCell> cells) const = 0;
  [[nodiscard]] virtual bool maximise() const noexcept = 0;
  [[nodiscard]] virtual ScoreScale scale() const noexcept { return {}; }
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
};

struct MetricOptions {
  std::string kind = "accuracy";  ///< one of metric_kinds()
  bool weighted = false;          ///< use the examples' weights
};

/// exact_match, accuracy: share of cells whose answer is the label, white space at the ends aside
/// (two names for one thing: texts and classes). macro_f1, micro_f1: over the labels that occur
/// among the cells, defined in detail/f1.hpp; a single cell scores as for accuracy.
/// mean_absolute_error: answers and labels are decimal numbers; an answer that is no finite number
/// is invalid output, such a label makes `score` throw core::Error{bad_input}. With weights, means
/// and counts are weighted by the examples. Throws core::Error{bad_input} for an unknown kind.
[[nodiscard]] std::unique_ptr<Metric> make_metric(const MetricOptions& options);
[[nodiscard]] std::span<const std::string_view> metric_kinds() noexcept;

}  // namespace foundation::programs
