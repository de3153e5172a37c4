#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "core/hash.hpp"
#include "core/random.hpp"
#include "optimize/strategy.hpp"

/// A small simulated world for strategies that have texts written: programs of some stages, whose
/// answers are right more often the more of the right words their instructions have and the better
/// their demonstrations fit the example, and a writer that answers requests from their content
/// alone, as a language model would.
namespace foundation::optimize::testing {

struct TextWorldOptions {
  std::uint32_t stages = 1;
  std::uint32_t most_demonstrations = 4;  ///< of each stage; 0: there is no such parameter
  bool has_numbers = true;                ///< a boolean, and a real with an optimum of its own
  bool has_optional_stage = false;        ///< the last one is there only if that boolean is true
  std::uint32_t train = 60;               ///< examples
  std::uint32_t validation = 48;
  std::uint32_t trials = 1;
  double failure_share = 0.1;  ///< texts that cannot be written
  double insight = 0.6;        ///< probability that the writer learns from an answer shown to it
  bool maximise = true;        ///< scores are 1 for right and 0 for wrong, or the other way round
  std::vector<std::string> choices{};  ///< of the first stage's instruction, beside its own
  std::vector<model::Constraint> constraints{};
  std::vector<model::Assignment> starting_points{};
  std::uint64_t seed = 1;
};

class TextWorld {
 public:
  explicit TextWorld(TextWorldOptions options) : options_{std::move(options)} {}

  [[nodiscard]] const TextWorldOptions& options() const noexcept { return options_; }
  [[nodiscard]] model::Space space() const;
  [[nodiscard]] StrategyInput input() const;
  [[nodiscard]] model::CellResult evaluate(const model::Assignment& assignment, model::Split split,
                                           std::uint32_t position) const;
  [[nodiscard]] std::string output(const model::Assignment& assignment,
                                   std::uint32_t position) const;
  /// Empty when it could not be written.
  [[nodiscard]] std::string write(const model::TextRequest& request, std::uint32_t sample) const;
  /// Mean probability of a right answer, over all kinds of examples: what is to be found.
  [[nodiscard]] double quality(const model::Assignment& assignment) const;

  static constexpr std::uint32_t kinds = 6;  ///< of examples, each with its word
  [[nodiscard]] static std::string instruction_of(std::uint32_t stage);
  [[nodiscard]] static std::string demonstrations_of(std::uint32_t stage);

 private:
  [[nodiscard]] std::uint32_t kind_of(model::Split split, std::uint32_t example) const;
  [[nodiscard]] double chance(const model::Assignment& assignment, std::uint32_t kind) const;
  [[nodiscard]] std::string word(core::Stream& stream, double good_share) const;

  TextWorldOptions options_;
};

/// What is finished of the world: nothing but what was asked for.
class WorldEvidence final : public Evidence {
 public:
  explicit WorldEvidence(const TextWorld& world) : world_{world} {}

  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex candidate,
                                                           std::uint32_t begin,
                                                           std::uint32_t end) const override;
  [[nodiscard]] std::string_view output(model::CandidateIndex candidate,
                                        std::uint32_t position) const override;
  [[nodiscard]] std::span<const model::CellResult> validation(
      const CandidateOutcome& outcome) const override;
  [[nodiscard]] std::optional<std::string_view> text(const model::TextRequest& request,
                                                     std::uint32_t sample) const override;

  void add(const model::Candidate& candidate);
  /// Cells and texts that had not been finished before.
  std::uint32_t finish(const model::CellRange& range);
  std::uint32_t finish(const TextNeed& need);

 private:
  struct Row {
    model::Assignment assignment;
    std::vector<model::CellResult> train, validation;
    std::vector<std::string> outputs;
    std::vector<bool> finished;
  };
  const TextWorld& world_;
  std::vector<Row> rows_;
  std::map<core::Digest, std::vector<std::string>> texts_;
};

struct WorldCourse {
  std::vector<model::Candidate> candidates;
  std::vector<CandidateOutcome> outcomes;
  std::vector<model::TextRequest> requests;  ///< each as often as it was named by a need
  std::uint64_t cells = 0;                   ///< of validation and train, and samples of requests
  std::uint64_t samples = 0;
  /// Times that something new was asked for before a heat's candidates were complete; by heat.
  std::vector<std::uint32_t> rounds;
  double best = 0;  ///< quality of the best complete candidate by its score
};

struct WorldCourseOptions {
  StrategyOptions strategy;
  std::uint32_t order = 0;  ///< 0: needs are fulfilled at once; others: in parts, at random
  std::uint64_t most_cells = 1'000'000;
  std::vector<model::Candidate> restored{};
};

/// Heats of `strategy.iteration` candidates, each told when it is over, of which the better half
/// after a quarter of the cells gets all of them.
[[nodiscard]] WorldCourse run_world(const TextWorld& world, const WorldCourseOptions& options);

}  // namespace foundation::optimize::testing
