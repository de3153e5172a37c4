#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "model/candidate.hpp"
#include "model/cell.hpp"
#include "model/space.hpp"
#include "model/text_request.hpp"

namespace foundation::optimize {

/// What became of a candidate: told to the strategy in the order of proposals.
struct CandidateOutcome {
  model::CandidateIndex index = model::no_candidate;
  double score = 0;         ///< aggregated metric over the cells it got
  std::uint32_t cells = 0;  ///< validation cells it got before racing stopped it
  bool complete = false;    ///< it got the whole validation split
  bool valid = false;       ///< `score` is a number
};

/// Read access to what is finished: cells on the train split, where strategies bootstrap and
/// reflect, cells of validation that outcomes were made of, and texts that were asked for.
class Evidence {
 public:
  virtual ~Evidence() = default;
  /// Results of positions [begin, end) on train, or an empty span unless every one of them is
  /// finished.
  [[nodiscard]] virtual std::span<const model::CellResult> results(model::CandidateIndex candidate,
                                                                   std::uint32_t begin,
                                                                   std::uint32_t end) const = 0;
  /// What the program answered on a finished cell of train; empty for strategies that do not
  /// read texts (`reads_texts`).
  [[nodiscard]] virtual std::string_view output(model::CandidateIndex candidate,
                                                std::uint32_t position) const = 0;
  /// The cells of validation that a told outcome was made of: its first `outcome.cells`.
  [[nodiscard]] virtual std::span<const model::CellResult> validation(
      const CandidateOutcome& outcome) const = 0;
  /// A text that was asked for, if it is there; empty when it could not be written.
  [[nodiscard]] virtual std::optional<std::string_view> text(const model::TextRequest& request,
                                                             std::uint32_t sample) const = 0;
};

/// Texts to be written: samples [0, samples) of one request.
struct TextNeed {
  model::TextRequest request;
  std::uint32_t samples = 1;  ///< at most model::most_samples
};

/// Answer to "what is proposal n?"
struct Need {  ///< ask again when these train cells are finished and these texts are there
  std::vector<model::CellRange> ranges{};
  std::vector<TextNeed> texts{};
};
struct Exhausted {};  ///< there is no proposal n and there will be none after it
using Reply = std::variant<model::Candidate, Need, Exhausted>;

/// A search strategy as a pure function of what it was given. No clocks, no MPI, no files.
///
/// `ask(n)` depends only on the construction arguments, the candidates accepted so far (all
/// below n), the outcomes told so far, and evidence it asked for by `Need` (or that outcomes told
/// are made of). The
/// caller sees to it that exactly the outcomes of candidates 0 .. n - lookahead have been told
/// (`lookahead` is part of the job), whatever the order in which results arrive; proposals n and
/// n + 1 may be asked for interleaved while their needs are open: a `Need` may at most grow with
/// accepted candidates, so it may be asked for early; a Candidate counts once all before it are
/// accepted. A strategy that proposes by heats (proposes_by_heats) is asked for all needs of a heat
/// once the outcomes its proposals may see are told, so there a `Need` may depend on outcomes told
/// and on the candidates they belong to. Randomness comes from core::Stream keyed by the proposal's
/// index.
///
/// A resumed run calls `accept` with the journalled candidates instead of asking again.
class Strategy {
 public:
  virtual ~Strategy() = default;
  [[nodiscard]] virtual Reply ask(std::uint32_t index, const Evidence& evidence) const = 0;
  virtual void accept(const model::Candidate& candidate) = 0;
  virtual void tell(const CandidateOutcome& outcome) = 0;
};

/// What a model of the scores is searched for (detail/acquisition.hpp).
enum class Acquisition : std::uint8_t {
  expected_improvement,
  confidence_bound,
  probability_of_improvement
};

struct StrategyOptions {
  /// One of strategy_kinds().
  std::string kind = "bootstrap_random_search";
  std::uint32_t candidates = 32;            ///< proposals in all, the baseline among them
  std::uint32_t bootstrapped = 48;          ///< bootstrapped demonstrations at most
  std::uint32_t labeled = 16;               ///< labelled demonstrations at most, beside them
  double success_threshold = 1.0;           ///< a teacher's cell succeeds at this score
  std::uint32_t levels = 10;                ///< grid: values of each number
  std::optional<std::uint32_t> population;  ///< cma_es: proposals a generation
  double initial_step = 0.125;              ///< cma_es: share of each range
  std::uint32_t startup = 10;  ///< tpe, gp_ei, mipro, beacon: proposals before the model
  std::uint32_t draws = 24;    ///< tpe, mipro: points the best of which is proposed
  Acquisition acquisition = Acquisition::expected_improvement;  ///< gp_ei, beacon
  std::uint32_t instructions = 10;        ///< mipro, beacon: texts written for each open parameter
  std::uint32_t demonstration_sets = 10;  ///< mipro, beacon: sets to choose demonstrations from
  /// irace, copro, gepa, simba: proposals that learn from the same results, the heat of the race.
  std::uint32_t iteration = 16;
  std::optional<std::uint32_t> minibatch;  ///< examples of train; else gepa 3, simba 32
  std::uint32_t trajectories = 6;          ///< simba: programs that run on each minibatch
  std::uint32_t merge_every = 5;           ///< gepa: proposals to each that is a merge; 0: never
  std::uint64_t seed = 1;
};

struct StrategyInput {
  model::Space space;
  std::uint32_t train_size = 0;  ///< examples on the train split
  std::uint32_t trials = 1;      ///< cells per example
  bool maximise = true;
};

/// Throws core::Error{bad_input} for an unknown kind or options that do not fit the space.
[[nodiscard]] std::unique_ptr<Strategy> make_strategy(const StrategyOptions& options,
                                                      StrategyInput input);
/// The strategy learns from whole heats: their candidates are its iterations.
[[nodiscard]] bool proposes_by_heats(std::string_view kind) noexcept;
/// The strategy learns from every candidate: the fewer are under way, the more a proposal knows.
[[nodiscard]] bool learns_from_each(std::string_view kind) noexcept;
/// The strategy has texts written for open parameters, and reads what programs answered.
[[nodiscard]] bool reads_texts(std::string_view kind) noexcept;
/// Names for messages and documentation.
[[nodiscard]] std::span<const std::string_view> strategy_kinds() noexcept;

}  // namespace foundation::optimize
