#pragma once

#include <cstdint>

#include "model/space.hpp"
#include "optimize/detail/bootstrap.hpp"
#include "optimize/detail/demonstration_sets.hpp"
#include "optimize/strategy.hpp"

namespace foundation::optimize::detail {

/// Sets of demonstrations for one parameter: examples that the baseline gets right, found by a
/// bootstrap, with labelled ones beside them.
class DemonstrationSource {
 public:
  /// `parameter` outlives this and is number `number` of the demonstrations parameters.
  DemonstrationSource(const model::Parameter& parameter, std::uint32_t number,
                      const StrategyOptions& options, const StrategyInput& input);

  /// As many successes as are allowed, in trainset order.
  [[nodiscard]] Bootstrap in_order() const;
  /// A drawn number of them in an order drawn for `index`.
  [[nodiscard]] Bootstrap at_random(std::uint32_t index) const;
  /// The cell of a teacher makes a demonstration.
  [[nodiscard]] SuccessRule success_rule() const noexcept { return success_rule_; }
  /// Bootstrapped demonstrations first, then labelled ones drawn for `index` from all other
  /// examples.
  [[nodiscard]] Positions with_labelled(const Positions& successes, std::uint32_t index) const;

 private:
  const model::Parameter* parameter_;
  std::uint32_t number_;
  std::uint32_t most_;     ///< bootstrapped
  std::uint32_t labeled_;  ///< beside them
  std::uint64_t seed_;
  TrainSplit split_;
  SuccessRule success_rule_;
};

/// Adds what is not in `all` yet: bootstraps share their blocks, and each is asked for once.
void add_missing(const Need& more, Need& all);

}  // namespace foundation::optimize::detail
