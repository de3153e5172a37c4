#pragma once

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// Draws for one proposal before the space counts as used up.
inline constexpr std::uint32_t most_redraws = 100;

/// What all strategies share: proposal 0 is the baseline (the space's initial assignment), then
/// come the space's starting points, then the strategy's own proposals, `candidates` in all. Open
/// (empty) demonstrations of the former are filled with labelled examples drawn for index 0.
///
/// A strategy's own proposal that repeats an accepted one is drawn again, so a proposal depends
/// on the candidates accepted before it; a `Need` may at most grow with them.
class ProposalSequence : public Strategy {
 public:
  ProposalSequence(const StrategyOptions& options, StrategyInput input);

  [[nodiscard]] Reply ask(std::uint32_t index, const Evidence& evidence) const final;
  void accept(const model::Candidate& candidate) final;
  /// Nothing, unless the strategy learns from scores.
  void tell(const CandidateOutcome& /*outcome*/) override {}

 protected:
  /// Proposal `index`, the strategy's own one number `own` (counted from 0).
  [[nodiscard]] virtual Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                           const Evidence& evidence) const = 0;

  [[nodiscard]] const StrategyOptions& options() const noexcept { return options_; }
  [[nodiscard]] const StrategyInput& input() const noexcept { return input_; }
  [[nodiscard]] const model::Space& space() const noexcept { return input_.space; }
  [[nodiscard]] model::Assignment baseline() const;
  /// The space's, with demonstrations where they are left open.
  [[nodiscard]] std::vector<model::Assignment> starting_points() const;
  /// Own proposal `own`, the next one, becomes accepted.
  virtual void own_accepted(const model::Candidate& /*candidate*/, std::uint32_t /*own*/) {}
  /// How many candidates come before the strategy's own proposals: baseline and starting points.
  [[nodiscard]] std::uint32_t given() const noexcept {
    return 1 + static_cast<std::uint32_t>(space().starting_points().size());
  }
  [[nodiscard]] bool is_accepted(const model::Assignment& assignment) const {
    return digests_.contains(model::digest(assignment));
  }
  /// The assignment with demonstrations drawn for proposal `index`.
  [[nodiscard]] model::Assignment with_demonstrations_for(std::uint32_t index,
                                                          model::Assignment assignment,
                                                          std::uint32_t attempt = 0) const;
  /// All accepted candidates, by index. Whether the outcome of one is known already is for the
  /// strategy to remember.
  [[nodiscard]] const std::vector<model::Candidate>& accepted() const noexcept { return accepted_; }

  /// First of the assignments draw(0), draw(1), ... that no accepted candidate has; Exhausted
  /// after 100 repeats, when the space is used up.
  [[nodiscard]] Reply first_new(std::uint32_t index, model::CandidateIndex parent,
                                const std::string& origin,
                                const std::function<model::Assignment(std::uint32_t)>& draw) const;

 private:
  [[nodiscard]] model::Assignment with_labelled_examples(model::Assignment assignment) const;

  StrategyOptions options_;
  StrategyInput input_;
  std::vector<model::Candidate> accepted_;
  std::set<core::Digest> digests_;
};

/// How many labelled examples a demonstrations parameter gets: `wanted`, within the parameter's
/// limits less the `taken` ones it has already, and no more than the train split has left.
[[nodiscard]] std::uint32_t labelled_count(const model::Parameter& parameter, std::uint32_t wanted,
                                           std::uint32_t taken, std::uint32_t train_size);

/// The demonstrations parameters of the space, in its order.
[[nodiscard]] std::vector<const model::Parameter*> demonstrations_of(const model::Space& space);

[[nodiscard]] std::unique_ptr<Strategy> make_cma_es(const StrategyOptions& options,
                                                    StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_copro(const StrategyOptions& options,
                                                   StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_gepa(const StrategyOptions& options,
                                                  StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_grid_search(const StrategyOptions& options,
                                                         StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_sobol_search(const StrategyOptions& options,
                                                          StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_random_search(const StrategyOptions& options,
                                                           StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_labeled_few_shot(const StrategyOptions& options,
                                                              StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_bootstrap_random_search(const StrategyOptions& options,
                                                                     StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_irace(const StrategyOptions& options,
                                                   StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_gp_ei(const StrategyOptions& options,
                                                   StrategyInput input);
/// The same for a space with parameters whose choices stand for sets of positions.
[[nodiscard]] std::unique_ptr<Strategy> make_gp_ei_with_sets(
    const StrategyOptions& options, StrategyInput input,
    const std::map<std::string, std::vector<std::vector<std::uint32_t>>>& sets);
[[nodiscard]] std::unique_ptr<Strategy> make_mipro(const StrategyOptions& options,
                                                   StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_beacon(const StrategyOptions& options,
                                                    StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_simba(const StrategyOptions& options,
                                                   StrategyInput input);
[[nodiscard]] std::unique_ptr<Strategy> make_tpe(const StrategyOptions& options,
                                                 StrategyInput input);

}  // namespace foundation::optimize::detail
