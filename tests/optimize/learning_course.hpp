#pragma once

#include <functional>
#include <limits>
#include <memory>
#include <utility>
#include <vector>

#include "optimize/strategy.hpp"
#include "tests/optimize/planted_evidence.hpp"

/// Strategies that learn from scores, run on a function of the assignment.
namespace foundation::optimize::testing {

using Objective = std::function<CandidateOutcome(const Candidate& candidate)>;

/// The usual outcome: all cells evaluated.
inline CandidateOutcome complete(const Candidate& candidate, double score) {
  return {.index = candidate.index, .score = score, .cells = 8, .complete = true, .valid = true};
}

inline Objective scored(std::function<double(const model::Assignment&)> score) {
  return [score = std::move(score)](const Candidate& candidate) {
    return complete(candidate, score(candidate.assignment));
  };
}

/// All proposals to the end, each made when those up to `lookahead` before it are told.
inline std::vector<Candidate> learn(Strategy& strategy, const Objective& objective,
                                    std::uint32_t lookahead = 1) {
  PlantedEvidence evidence{0.7};
  std::vector<Candidate> candidates;
  for (std::uint32_t index = 0;; ++index) {
    if (index >= lookahead) strategy.tell(objective(candidates[index - lookahead]));
    Reply reply = strategy.ask(index, evidence);
    if (!std::holds_alternative<Candidate>(reply)) return candidates;
    candidates.push_back(std::get<Candidate>(std::move(reply)));
    strategy.accept(candidates.back());
  }
}

/// The same for a strategy that minimises over `space`.
inline std::vector<Candidate> learn(const StrategyOptions& options, const Space& space,
                                    const Objective& objective, std::uint32_t lookahead = 1) {
  StrategyInput input = input_for(space);
  input.maximise = false;
  return learn(*make_strategy(options, std::move(input)), objective, lookahead);
}

inline double lowest(const std::vector<Candidate>& candidates, const Objective& objective) {
  double best = std::numeric_limits<double>::infinity();
  for (const Candidate& candidate : candidates) {
    const CandidateOutcome outcome = objective(candidate);
    if (outcome.valid) best = std::min(best, outcome.score);
  }
  return best;
}

}  // namespace foundation::optimize::testing
