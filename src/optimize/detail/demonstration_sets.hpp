#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "model/candidate.hpp"
#include "model/space.hpp"

namespace foundation::optimize::detail {

using Positions = std::vector<std::uint32_t>;

/// The demonstrations of a candidate, with its weight among those of its group.
struct WeightedPositions {
  const Positions* positions = nullptr;
  double weight = 1;
};

/// What the outcomes say about one demonstrations parameter, position by position of the train
/// split: how often the good candidates show it, how often the others. And how a set that is
/// worth a try is made of a good one: most of its positions are kept, some exchanged for
/// positions of other good sets or for any of the split.
class DemonstrationSets {
 public:
  DemonstrationSets(const model::Parameter& parameter, std::uint32_t train_size,
                    std::span<const WeightedPositions> good,
                    std::span<const WeightedPositions> others);

  /// A variation of `parent` within the parameter's limits: between one and half of its positions
  /// are exchanged (few are likelier), and as many added or left out at most.
  [[nodiscard]] Positions vary(const Positions& parent, core::Stream& stream) const;

  /// How much likelier the good candidates show these positions than the others, as a logarithm:
  /// the ratios of the single positions, as if independent, over the square root of their number,
  /// because they are not.
  [[nodiscard]] double log_ratio(const Positions& positions) const;

 private:
  [[nodiscard]] std::uint32_t pick(core::Stream& stream) const;

  std::uint32_t least_;
  std::uint32_t most_;
  std::uint32_t train_size_;
  Positions pool_;                  ///< all positions of good sets, one after the other
  std::vector<double> log_ratios_;  ///< of each position
};

/// A candidate with its weight among those of its group.
struct WeightedAssignment {
  const model::Assignment* assignment = nullptr;
  double weight = 1;
};

/// DemonstrationSets for every demonstrations parameter of a space.
class DemonstrationsModel {
 public:
  /// `space` outlives this.
  DemonstrationsModel(const model::Space& space, std::uint32_t train_size,
                      std::span<const WeightedAssignment> good,
                      std::span<const WeightedAssignment> others);

  /// The assignment with demonstrations varied from the parent's, drawn anew where there is no
  /// parent or it has none.
  [[nodiscard]] model::Assignment vary(model::Assignment assignment,
                                       const model::Assignment* parent, core::Stream& stream) const;
  /// Sum over the parameters.
  [[nodiscard]] double log_ratio(const model::Assignment& assignment) const;

 private:
  struct Named {
    std::string name;
    DemonstrationSets sets;
  };
  const model::Space* space_;
  std::uint32_t train_size_;
  std::vector<Named> parameters_;
};

}  // namespace foundation::optimize::detail
