#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "campaign/records.hpp"
#include "campaign/scoring.hpp"
#include "core/hash.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"
#include "programs/dataset.hpp"
#include "programs/metric.hpp"
#include "tests/simulation/options.hpp"

namespace foundation::simulation {

/// The job's data, metric and scoring, as every session has them.
class Workload {
 public:
  explicit Workload(const Options& options);

  [[nodiscard]] const campaign::Scoring& scoring() const noexcept { return scoring_; }
  [[nodiscard]] const std::vector<campaign::ExamplesRecord>& examples() const noexcept {
    return examples_;
  }
  [[nodiscard]] optimize::CellStore make_store() const;
  [[nodiscard]] std::unique_ptr<optimize::Trajectory> make_trajectory(
      optimize::CellStore& store, std::vector<optimize::Proposal> restored,
      std::vector<model::TextRequest> requests) const;

 private:
  const Options& options_;
  programs::SplitDataset data_;
  std::unique_ptr<programs::Metric> metric_;
  campaign::Scoring scoring_;
  std::vector<campaign::ExamplesRecord> examples_;
};

/// Digest of what a range of cells is about: a candidate or a text request.
[[nodiscard]] core::Digest subject_of(const optimize::Trajectory& trajectory,
                                      const model::CellRange& range);

/// What the job comes to when everything is evaluated one after the other in one process: the
/// truth that every simulated run is compared with.
struct Reference {
  bool has_answer = false;  ///< false: the right ending is "no result"
  core::Digest answer;
  model::CandidateIndex winner = model::no_candidate;
  std::vector<core::Digest> candidates;
  std::set<core::Digest> requests;
  std::map<std::tuple<std::uint32_t, std::uint32_t, std::uint32_t>,
           std::tuple<std::uint32_t, std::uint64_t, std::uint32_t, bool>>
      decisions;  ///< (heat, rung, candidate) -> (cells, bits of the score, rank, kept)
  std::map<std::uint32_t, std::tuple<std::uint64_t, std::uint32_t, bool, bool>>
      outcomes;       ///< candidate -> (bits of the score, cells, complete, valid)
  double work_s = 0;  ///< time of all its cells on one slot
};
[[nodiscard]] Reference run_reference(const Options& options, const Workload& workload);

/// Time a cell takes on a slot: a function of the cell.
[[nodiscard]] core::Duration cell_time(const Options& options, const model::CellRange& range,
                                       std::uint32_t position);

}  // namespace foundation::simulation
