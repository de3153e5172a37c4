#include "analysis/efficiencies.hpp"

#include <algorithm>
#include <numeric>

namespace foundation::analysis {

Efficiencies efficiencies(const EfficiencyInput& input) {
  Efficiencies it;
  it.run_time = input.run_time;
  if (input.compute.empty() || input.run_time <= 0) return it;
  const auto run_time = static_cast<double>(input.run_time);
  const auto largest = static_cast<double>(*std::ranges::max_element(input.compute));
  const double mean = std::accumulate(input.compute.begin(), input.compute.end(), 0.0) /
                      static_cast<double>(input.compute.size());
  it.parallel = mean / run_time;
  it.load_balance = largest > 0 ? mean / largest : 0;
  it.communication = largest / run_time;
  // On an ideal network nobody can be done before the one that computes most.
  const double ideal =
      std::clamp(run_time - static_cast<double>(input.critical_mpi), largest, run_time);
  it.transfer = ideal / run_time;
  it.serialisation = ideal > 0 ? largest / ideal : 0;
  return it;
}

}  // namespace foundation::analysis
