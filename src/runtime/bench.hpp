#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "messaging/session.hpp"

/// Measurements of the product beside a yardstick in the same run, interleaved, so that ratios
/// mean something on a noisy machine.
namespace foundation::runtime {

struct DispatchCase {
  std::string name;
  int window = 1;         ///< leases a worker has outstanding
  bool adaptive = false;  ///< chunks by measured cost, else one evaluation a message
  double ours_per_s = 0;  ///< best of all repetitions
  double farm_per_s = 0;  ///< bare MPI farm with the same window, best of all
  [[nodiscard]] double ratio() const { return farm_per_s > 0 ? ours_per_s / farm_per_s : 0; }
};

struct DispatchFigures {
  std::vector<DispatchCase> cases;
  double ping_pong_us = 0;          ///< round trip of the farm's message, best of all
  double idle_cpu_coordinator = 0;  ///< share of a core while nothing is to be done
  double idle_cpu_worker = 0;
};

/// Dispatch of evaluations that do nothing from rank 0 to the other ranks, journal with fsync in
/// `folder`. **Collective**, at least two ranks; the figures are rank 0's.
[[nodiscard]] DispatchFigures bench_dispatch(const messaging::Session& session,
                                             const std::filesystem::path& folder, int repetitions);

struct ResumeFigures {
  std::uint64_t evaluations = 0;
  double write_s = 0;
  double resume_s = 0;              ///< reading the journal and deriving the state
  double bytes_per_evaluation = 0;  ///< resident memory that came on top
};

/// Writes a journal of this many evaluations into `folder` and resumes from it. Local.
[[nodiscard]] ResumeFigures bench_resume(const std::filesystem::path& folder,
                                         std::uint64_t evaluations);

}  // namespace foundation::runtime
