#pragma once

#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "campaign/records.hpp"
#include "campaign/scoring.hpp"
#include "endpoints/budget_desk.hpp"
#include "job/job.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"
#include "runtime/optimize.hpp"
#include "runtime/setup.hpp"
#include "runtime/slots.hpp"

namespace foundation::runtime {

/// A job with everything that belongs to it loaded: data, program, metric, space. Rank 0 only.
class Problem {
 public:
  /// Reads job file and trainset. Throws core::Error{bad_input} with the place.
  explicit Problem(const OptimizeOptions& options);
  /// Plans the slots of all ranks by what they sampled; `setup` says them from then on. Throws as
  /// place_ranks does.
  void place(std::span<const cluster::NodeResources> ranks);

  [[nodiscard]] const job::Job& job() const noexcept { return job_; }
  [[nodiscard]] const WorkerSetup& setup() const noexcept { return setup_; }
  /// After `place`.
  [[nodiscard]] const RankSlots& placement() const noexcept { return placement_; }
  [[nodiscard]] const programs::Program& program() const noexcept { return *program_; }
  [[nodiscard]] const programs::Metric& metric() const noexcept { return *metric_; }
  /// Of the requests of the whole run; none where nothing is limited.
  [[nodiscard]] const std::shared_ptr<endpoints::BudgetDesk>& budget() const noexcept {
    return budget_;
  }
  [[nodiscard]] const campaign::Scoring& scoring() const noexcept { return *scoring_; }
  [[nodiscard]] const core::Digest& identity() const noexcept { return identity_; }
  [[nodiscard]] const model::Space& space() const noexcept { return space_; }

  [[nodiscard]] optimize::CellStore make_store() const;
  [[nodiscard]] std::unique_ptr<optimize::Trajectory> make_trajectory(
      optimize::CellStore& store, std::vector<optimize::Proposal> restored,
      std::vector<model::TextRequest> requests) const;
  [[nodiscard]] campaign::JobRecord job_record() const;
  [[nodiscard]] std::vector<campaign::ExamplesRecord> examples() const;
  /// Nothing when the score is the only objective.
  [[nodiscard]] std::optional<campaign::ObjectivesRecord> objectives_record() const;
  /// Evaluations on validation if every candidate is proposed.
  [[nodiscard]] std::uint64_t planned_evaluations() const;

 private:
  void share_budget();
  void require_readable_labels() const;
  void require_comparable_cells() const;
  void warn_of_idle_slots() const;
  void require_writer() const;

  job::Job job_;
  WorkerSetup setup_;
  RankSlots placement_;
  std::shared_ptr<endpoints::BudgetDesk> budget_;
  std::unique_ptr<programs::Program> program_;
  std::unique_ptr<programs::Metric> metric_;
  std::unique_ptr<campaign::Scoring> scoring_;
  model::Space space_;
  core::Digest data_digest_;
  core::Digest identity_;
};

}  // namespace foundation::runtime
