#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "endpoints/options.hpp"
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

/// A cell's result, and why it has no score where that is the metric's doing. Then the reason takes
/// the place of the answer, and the result keeps no digest of it.
struct Verdict {
  model::CellResult result;
  std::string problem{};
};

/// Scores one cell, and sums cells up. Both are pure; sums run in the order given.
class Metric {
 public:
  virtual ~Metric() = default;
  /// Fills score, output digest and status (`wrong`, `invalid_output`) from the program's answer;
  /// the digest leaves out white space at the ends. A failed output keeps its status, without a
  /// score or a digest.
  [[nodiscard]] virtual model::CellResult score(const Example& example,
                                                const CellOutput& output) const = 0;
  /// The same, with the reason where the metric itself cannot say a score.
  [[nodiscard]] virtual Verdict judge(const Example& example, const CellOutput& output) const {
    return {score(example, output), {}};
  }
  /// What there is to learn from an answer, in words, for whoever improves the program; empty:
  /// nothing beside the score. Pure, as `score` is.
  [[nodiscard]] virtual std::string explain(const Example& /*example*/,
                                            const CellOutput& /*output*/) const {
    return {};
  }
  /// NaN when `cells` is empty. Failed cells (timeout, crashed, invalid output ...) count with
  /// the metric's worst score: 0 for bounded metrics; for the others the candidate has no score
  /// (NaN), since none is the worst.
  [[nodiscard]] virtual double aggregate(std::span<const ScoredCell> cells) const = 0;
  [[nodiscard]] virtual bool maximise() const noexcept = 0;
  [[nodiscard]] virtual ScoreScale scale() const noexcept { return {}; }
  [[nodiscard]] virtual std::string_view name() const noexcept = 0;
  /// As Program::runs_in_child: it starts processes.
  [[nodiscard]] virtual bool runs_in_child() const noexcept { return false; }
  /// Somebody else is asked for each score, who may charge for it.
  [[nodiscard]] virtual bool asks_others() const noexcept { return false; }
  /// As Program::share_budget and Program::usage.
  // Those who are limited keep it: NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual void share_budget(std::shared_ptr<endpoints::Budget> /*budget*/) {}
  [[nodiscard]] virtual std::string usage() const { return {}; }
  /// What beside the job's keys decides on scores: part of the job's identity.
  [[nodiscard]] virtual std::string identity() const { return {}; }
};

/// kind judge: a language model that grades answers.
struct JudgeOptions {
  std::string model{};
  std::string criteria{};  ///< what makes a good answer, in words
  std::uint32_t max_tokens = 512;
  std::uint32_t repairs = 1;  ///< times it is asked again for an answer that can be read
  endpoints::ClientOptions client{};
};

struct MetricOptions {
  std::string kind = "accuracy";          ///< one of metric_kinds()
  bool weighted = false;                  ///< use the examples' weights
  bool maximise = false;                  ///< kinds value and command: what is better
  std::string pointer{};                  ///< kind json_field: a JSON pointer (RFC 6901)
  double absolute_tolerance = 0;          ///< kind numeric_tolerance
  double relative_tolerance = 0;          ///< kind numeric_tolerance: times |label|
  std::optional<double> failure_value{};  ///< kinds value and command: what failed cells count
  std::optional<double> timeout_value{};  ///< those that timed out; none: as other failures
  std::string executable{};               ///< kind command: an absolute path
  std::vector<std::string> arguments{};   ///< kind command: what follows the executable's name
  core::Duration time_limit = std::chrono::minutes{1};  ///< kind command: of one score
  /// Of examples, for kinds that pass them on: command, plugin, judge.
  std::vector<std::string> input_names{};
  std::string plugin{};  ///< kind plugin: path of the library
  JudgeOptions judge{};  ///< kind judge
};

/// exact_match, accuracy: share of cells whose answer is the label, white space at the ends aside
/// (two names for one thing: texts and classes). macro_f1, micro_f1: over the labels that occur
/// among the cells, defined in detail/f1.hpp; a single cell scores as for accuracy.
/// regex: the label is a pattern (POSIX extended) that the answer as a whole must match; such a
/// label that is no pattern makes `score` throw core::Error{bad_input}.
/// json_field: the answer is JSON whose value at `pointer` is the label, as a text or as a number.
/// token_f1: how far the words of the answer are those of the label, by SQuAD's definition
/// (Rajpurkar, Zhang, Lopyrev, Liang: "SQuAD: 100,000+ questions for machine comprehension of
/// text", EMNLP 2016): F1 of the bags of words after capitals, punctuation and the articles a, an
/// and the are taken out.
/// mean_absolute_error: answers and labels are decimal numbers; an answer that is no finite number
/// is invalid output, such a label makes `score` throw core::Error{bad_input}.
/// numeric_tolerance: likewise; share of cells with |answer - label| <= max(absolute_tolerance,
/// relative_tolerance * |label|).
/// value: the answer itself is the score, a finite number; labels play no part. command: a program
/// reads {"output", "label", "inputs"} as JSON on its stdin and prints the score, or a JSON object
/// {"score": number, "feedback": text}, whose feedback is what `explain` says. For both,
/// candidates with failed cells have no score, unless it is said what those count.
/// plugin: a shared library says the score (plugin.hpp). judge: a language model grades the answer
/// by criteria in words; failed cells count 0. With weights, means and counts are weighted by the
/// examples. Throws core::Error{bad_input} for an unknown kind and for options that are wrong.
[[nodiscard]] std::unique_ptr<Metric> make_metric(const MetricOptions& options);
[[nodiscard]] std::span<const std::string_view> metric_kinds() noexcept;

}  // namespace foundation::programs
