#pragma once

#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace foundation::optimize::detail {

/// How the next run of an evolution strategy begins.
struct RunPlan {
  std::uint32_t population = 0;
  double step = 0;
};

/// BIPOP restarts (Hansen, "Benchmarking a BI-population CMA-ES on the BBOB-2009 function testbed",
/// GECCO 2009): runs with a population that doubles each time, and between them, as long as
/// these have used fewer evaluations, runs with a small population and a small step. The first run
/// counts among the large ones.
class Restarts {
 public:
  explicit Restarts(RunPlan first) : first_{first}, large_{first.population} {}

  [[nodiscard]] RunPlan first() const noexcept { return first_; }
  /// After a run that used `evaluations`; `stream` draws the size of a small run.
  [[nodiscard]] RunPlan next(std::uint64_t evaluations, core::Stream stream);

 private:
  RunPlan first_;
  std::uint32_t large_;  ///< population of the last large run
  std::uint64_t used_by_large_ = 0;
  std::uint64_t used_by_small_ = 0;
  bool was_small_ = false;
};

/// Tells from the scores of its generations that a run makes no progress any more: the criteria
/// TolHistFun (over a shorter window: the budgets here are small) and Stagnation of the same paper.
class Progress {
 public:
  Progress(std::size_t dimension, std::uint32_t population);
  /// Scores of a generation, best first, the smaller the better.
  void add(const std::vector<double>& best_first);
  [[nodiscard]] bool has_ended() const;

 private:
  [[nodiscard]] bool is_flat() const;
  [[nodiscard]] bool is_stagnating() const;

  std::size_t window_;                 ///< generations whose best scores are compared
  std::size_t stagnation_;             ///< generations before medians are compared
  std::vector<double> best_, median_;  ///< of each generation
  double spread_ = 0;                  ///< of the last generation
};

}  // namespace foundation::optimize::detail
