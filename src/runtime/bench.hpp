#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "messaging/session.hpp"
#include "optimize/intervals.hpp"
#include "runtime/optimize.hpp"

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

/// What a search is worth on one seed of a job.
struct QualityCase {
  std::uint64_t seed = 0;
  double winner_test = 0;
  double median_test = 0;         ///< of the median labelled few-shot candidate
  optimize::Interval difference;  ///< winner - median on the same test examples, paired
};

/// Races under one rule, replayed on a recorded matrix of candidates x validation cells with
/// candidates and examples in other orders each time.
struct RaceCase {
  std::string matrix;  ///< "the job's", "near ties"
  std::string rule;
  std::uint32_t candidates = 0;
  std::uint32_t cells = 0;
  std::uint32_t races = 0;
  std::uint32_t near_best = 0;  ///< races whose winner is within 0.01 of the best on all cells
  double share_of_cells = 0;    ///< evaluated, of the whole matrix, in the mean
};

struct QualityFigures {
  std::vector<QualityCase> seeds;
  std::vector<RaceCase> races;
};

/// Runs a job under `seeds` seeds beside plain labelled few-shot candidates, and `races` races
/// under each rule on the full matrix of its first seed and on matrices of near ties. Local, one
/// thread.
[[nodiscard]] QualityFigures bench_quality(const OptimizeOptions& options, std::uint32_t seeds,
                                           std::uint32_t races);

}  // namespace foundation::runtime
