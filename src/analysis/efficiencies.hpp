#pragma once

#include <vector>

#include "analysis/time_base.hpp"

namespace foundation::analysis {

/// Shares of an ideal run, 1 is best; 0 if nothing is known. parallel = load_balance x
/// communication; communication = serialisation x transfer. Definitions: POP standard metrics
/// (Performance Optimisation and Productivity centre of excellence); the ideal network of POP is
/// here the run without the MPI time on its critical path.
struct Efficiencies {
  double parallel = 0;
  double load_balance = 0;   ///< mean of the computing times over the largest
  double communication = 0;  ///< largest computing time over the run time
  double serialisation = 0;  ///< of it, what dependences between processes leave
  double transfer = 0;       ///< of it, what the network leaves
  TraceTime run_time = 0;    ///< between MPI_Init and MPI_Finalize
};

struct EfficiencyInput {
  std::vector<TraceTime> compute;  ///< by rank, between MPI_Init and MPI_Finalize
  TraceTime run_time = 0;
  TraceTime critical_mpi = 0;  ///< MPI on the critical path in that time
};
[[nodiscard]] Efficiencies efficiencies(const EfficiencyInput& input);

}  // namespace foundation::analysis
