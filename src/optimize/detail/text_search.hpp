#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "optimize/detail/proposal_sequence.hpp"
#include "optimize/detail/variation.hpp"

namespace foundation::optimize::detail {

/// A told candidate with a score.
struct Rated {
  model::CandidateIndex candidate = model::no_candidate;
  double gain = 0;  ///< estimate for the whole validation split, the larger the better
  bool complete = false;
};

/// Texts of one sample, one a request; empty where it could not be written.
using Texts = std::vector<std::string>;

/// Texts that are to become part of a proposal.
struct Writing {
  std::vector<model::TextRequest> requests;
  /// Samples asked for at once: other proposals take some of the same requests.
  std::uint32_t at_once = 1;
  model::CandidateIndex parent = model::no_candidate;
  std::string origin;
  /// What becomes of texts that are not all empty.
  std::function<model::Assignment(const Texts& texts)> use;
};

/// What strategies share that have texts written and learn from heats.
///
/// Proposals are made by heats: those of one heat see the same outcomes, so that all texts for them
/// are asked for at once. Races that know no heats (`none`, `asha`) let every proposal see outcomes
/// of its own; then each has its own requests.
///
/// Scores of candidates that racing stopped are compared over the cells that both have: such a
/// candidate counts as the best complete one plus their mean difference over its cells.
///
/// Asking for a text may show that it is what an accepted candidate has already; then one sample
/// more is asked for. So here a `Need` may grow with accepted candidates, but what was asked for
/// early stays part of it. When nothing new can be written, a candidate is recombined from texts
/// that are known and varied in all else.
class TextSearch : public ProposalSequence {
 public:
  TextSearch(const StrategyOptions& options, StrategyInput input);

  void tell(const CandidateOutcome& outcome) final;

 protected:
  [[nodiscard]] const std::vector<CandidateOutcome>& told() const noexcept { return told_; }
  [[nodiscard]] const Variation& variation() const noexcept { return variation_; }
  /// Told candidates with a score, best first; equals in the order of proposals.
  [[nodiscard]] std::vector<Rated> rated(const Evidence& evidence) const;
  /// The best complete candidate, else the best one, else the baseline.
  [[nodiscard]] static model::CandidateIndex best_of(const std::vector<Rated>& rated);
  [[nodiscard]] double score_of(const Rated& rated) const noexcept {
    return input().maximise ? rated.gain : -rated.gain;
  }
  /// Of a told candidate or the baseline.
  [[nodiscard]] model::Assignment assignment_of(model::CandidateIndex candidate) const;
  /// Open text parameters that are active in the assignment, in the order of the space.
  [[nodiscard]] std::vector<const model::Parameter*> open_in(
      const model::Assignment& assignment) const;

  [[nodiscard]] std::uint32_t heat_of(std::uint32_t index) const noexcept {
    return index / options().iteration;
  }
  /// The first own proposal of the heat of `index` that sees the same outcomes.
  [[nodiscard]] std::uint32_t first_companion(std::uint32_t index) const noexcept;

  /// The proposal with the first sample that makes it new, or what is missing to tell; nothing when
  /// no such sample could be written.
  [[nodiscard]] std::optional<Reply> first_written(std::uint32_t index, const Writing& writing,
                                                   const Evidence& evidence) const;
  /// A new candidate near `parent` without a text that had to be written for it.
  [[nodiscard]] Reply recombined(std::uint32_t index, model::CandidateIndex parent) const;

 private:
  /// What is missing until `wanted` samples are different, as far as one can tell: each that is a
  /// failure, a repetition or known from a told candidate takes another one.
  [[nodiscard]] std::optional<Need> missing_samples(const Writing& writing, std::uint32_t wanted,
                                                    std::uint32_t most,
                                                    const Evidence& evidence) const;
  [[nodiscard]] std::vector<std::string> known_texts(const model::Parameter& parameter) const;

  Variation variation_;
  std::vector<CandidateOutcome> told_;  ///< in the order of proposals
  std::set<core::Digest> told_digests_;
  std::uint32_t seen_since_ = 0;  ///< first proposal that sees all told outcomes
};

}  // namespace foundation::optimize::detail
