#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/time.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"
#include "model/space.hpp"
#include "model/text_request.hpp"
#include "programs/command_options.hpp"
#include "programs/dataset.hpp"
#include "programs/lm_options.hpp"

namespace foundation::endpoints {
class Budget;
}

namespace foundation::programs {

/// One cell to run. On the train split the example itself is left out of the candidate's
/// demonstrations, so that a bootstrap never copies the answer.
struct CellInput {
  const Example* example = nullptr;
  model::Split split = model::Split::validation;
  std::uint32_t example_position = 0;  ///< in the fixed order of the split
  std::uint32_t trial = 0;
};

/// What a program answered: a text, or the way it failed.
struct CellOutput {
  model::CellStatus status = model::CellStatus::ok;  ///< ok, or a failure; `wrong` is the metric's
  std::string text;
  std::optional<double> cost{};  ///< what it took, in the program's `cost_unit`; nothing: unknown
  /// How long the answer took where that is another time than `run` did: it was given before.
  std::optional<core::Duration> duration{};
};

/// One sample of a text request (model::TextRequest).
struct TextInput {
  const model::TextRequest* request = nullptr;
  /// What the metric has to say about each observation (Metric::explain), beside them.
  std::span<const std::string> feedback{};
  std::uint32_t sample = 0;
  std::uint32_t trials = 1;  ///< cells an example: position / trials is an observation's example
};

/// A candidate made ready to run (features of its demonstrations computed, ...). `run` may be
/// called from many threads at once and depends on the candidate and the cell alone.
class PreparedProgram {
 public:
  virtual ~PreparedProgram() = default;
  [[nodiscard]] virtual CellOutput run(const CellInput& cell) const = 0;
};

/// A kind of program that can be optimised in process.
class Program {
 public:
  virtual ~Program() = default;
  /// It starts processes, or is code that nobody can vouch for: each slot then runs it in a process
  /// of its own, single-threaded and without MPI, where `run` is called by one thread.
  [[nodiscard]] virtual bool runs_in_child() const noexcept { return false; }
  /// Name and version of the behaviour: part of the job's identity. Change it whenever answers
  /// may change.
  [[nodiscard]] virtual std::string identity() const = 0;
  /// Everything that can be varied, with the program's own initial values.
  [[nodiscard]] virtual model::Space space() const = 0;
  /// `data` is what the program was made with and outlives the result. Throws
  /// core::Error{bad_input} for demonstrations that are not in the train split.
  [[nodiscard]] virtual std::unique_ptr<PreparedProgram> prepare(
      const model::Candidate& candidate, const SplitDataset& data) const = 0;

  /// It can write texts for its open parameters.
  [[nodiscard]] virtual bool writes_texts() const noexcept { return false; }
  /// The text asked for, or how writing it failed; from many threads at once. To be called only if
  /// `writes_texts`. `data` as for `prepare`.
  [[nodiscard]] virtual CellOutput write(const TextInput& input, const SplitDataset& data) const;

  /// Cells of a rank that should be under way at a time, because they wait for something else than
  /// its cores; 0: as many as the cores can do.
  [[nodiscard]] virtual std::uint32_t cells_under_way() const { return 0; }
  /// Told before the first `prepare`: what says when a model may be asked, for all who ask one.
  // Those who are limited keep it: NOLINTNEXTLINE(performance-unnecessary-value-param)
  virtual void share_budget(std::shared_ptr<endpoints::Budget> /*budget*/) {}
  /// What the cost of a cell is counted in; empty: it does not say what a cell costs.
  [[nodiscard]] virtual std::string cost_unit() const { return {}; }
  /// What it has used so far, as a line for the log; empty: nothing worth a word.
  [[nodiscard]] virtual std::string usage() const { return {}; }
};

struct ProgramOptions {
  std::string kind;        ///< one of program_kinds()
  std::uint64_t seed = 1;  ///< for programs with randomness of their own
  /// Whether each slot runs the program in a process of its own; none: as `runs_in_child` says.
  std::optional<bool> isolate{};
  /// A cell that takes longer is ended, as `timeout`; isolates. Zero: no limit.
  core::Duration cell_timeout{0};
  double sleep_mean_s = 0;  ///< kind sleep: mean of the log-normal duration
  double sleep_sigma = 0;   ///< kind sleep: sigma of the duration's logarithm
  double sleep_mistakes =
      0;                     ///< kind sleep: share of wrong answers of variant 0; the last has none
  CommandOptions command{};  ///< kind command
  LmOptions lm{};            ///< kind lm
  std::string plugin{};      ///< kind plugin: path of the library
};

/// Throws core::Error{bad_input} for an unknown kind or when the trainset does not fit (no label
/// field, input that is not a number for a numeric program, ...).
[[nodiscard]] std::unique_ptr<Program> make_program(const ProgramOptions& options,
                                                    const SplitDataset& data);
[[nodiscard]] std::span<const std::string_view> program_kinds() noexcept;

}  // namespace foundation::programs
