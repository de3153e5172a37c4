#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "optimize/detail/observation.hpp"
#include "optimize/detail/proposal_sequence.hpp"
#include "optimize/detail/unit_cube.hpp"

namespace foundation::optimize::detail {

/// A proposal that could be made.
struct Draft {
  model::Assignment assignment;
  model::CandidateIndex parent = model::no_candidate;
  double value = 0;  ///< the higher, the sooner it is proposed
};

/// What strategies share that model the scores to choose the next candidate.
///
/// Baseline and starting points are followed by `startup` points of a Latin hypercube (McKay,
/// Beckman and Conover, Technometrics 21, 1979), whatever was told; a point that breaks a
/// constraint is replaced by a uniform one. After them, of the drafts a strategy makes, the first
/// that is new is proposed; a uniform draw, if there is none.
class ModelBasedSearch : public ProposalSequence {
 public:
  /// `origin` is how the strategy calls proposals of its model.
  ModelBasedSearch(const StrategyOptions& options, StrategyInput input, std::string_view origin);

  void tell(const CandidateOutcome& outcome) override;

 protected:
  /// Possible proposals for `index`, best first. Accepted ones may be left out, and all but the
  /// first that is not.
  [[nodiscard]] virtual std::vector<Draft> drafts(std::uint32_t index) const = 0;

  /// An outcome was told: of told() it is the one at `place`.
  virtual void told_at(std::size_t /*place*/) {}

  [[nodiscard]] const UnitCube& cube() const noexcept { return cube_; }
  /// Best first: by validity, then by cells, since a candidate that racing stopped early was
  /// behind those that went on, then by score; equals in the order of proposals.
  [[nodiscard]] const std::vector<Observation>& told() const noexcept { return told_; }
  /// Candidates accepted, but not told.
  [[nodiscard]] std::vector<Observation> under_way() const;
  /// The point with what `assignment` makes of it: cells at their centres, gaps where inactive.
  [[nodiscard]] std::vector<double> point_of(const model::Assignment& assignment) const;
  /// No constraint is broken.
  [[nodiscard]] bool is_allowed(const model::Assignment& assignment) const;

 private:
  [[nodiscard]] Reply own_proposal(std::uint32_t index, std::uint32_t own,
                                   const Evidence& evidence) const final;
  [[nodiscard]] model::Assignment startup_point(std::uint32_t index, std::uint32_t own) const;
  [[nodiscard]] model::Assignment uniform(std::uint32_t index, std::uint32_t attempt) const;

  std::string origin_;
  UnitCube cube_;
  std::vector<Observation> told_;
  std::vector<bool> is_told_;  ///< by candidate
  std::size_t all_told_ = 0;   ///< the candidates before this one are told
};

}  // namespace foundation::optimize::detail
