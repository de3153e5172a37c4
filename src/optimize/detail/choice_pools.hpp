#pragma once

#include <map>
#include <string>
#include <vector>

#include "model/space.hpp"
#include "optimize/detail/demonstration_sets.hpp"

namespace foundation::optimize::detail {

/// What the open texts and the demonstrations of a space are chosen from, by parameter; each value
/// once.
struct ChoicePools {
  std::map<std::string, std::vector<std::string>> texts;
  std::map<std::string, std::vector<Positions>> sets;
  bool operator==(const ChoicePools&) const = default;
};

/// A space in which open texts and demonstrations are choices from pools, so that strategies that
/// know nothing of texts can search it, and the way there and back.
///
/// A set of demonstrations is a category named by its place in the pool. All other parameters,
/// conditions and constraints are those of the original space.
class PooledSpace {
 public:
  /// The pools must hold what `baseline` and the starting points have, whose demonstrations are
  /// not left open.
  PooledSpace(const model::Space& original, const model::Assignment& baseline,
              const std::vector<model::Assignment>& starting_points, ChoicePools pools);

  [[nodiscard]] const model::Space& space() const noexcept { return space_; }
  [[nodiscard]] const ChoicePools& pools() const noexcept { return pools_; }
  /// Of values that are in the pools.
  [[nodiscard]] model::Assignment to_pooled(const model::Assignment& assignment) const;
  [[nodiscard]] model::Assignment to_original(const model::Assignment& pooled) const;

 private:
  [[nodiscard]] model::Parameter pooled(const model::Parameter& parameter,
                                        const model::Assignment& baseline) const;

  ChoicePools pools_;
  model::Space space_;
};

}  // namespace foundation::optimize::detail
