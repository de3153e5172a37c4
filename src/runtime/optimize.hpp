#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "campaign/effects.hpp"
#include "job/job.hpp"
#include "runtime/keeper.hpp"

namespace foundation::runtime {

/// What changes the work of a rank is passed on by the launcher, too (launch.cpp, rank_words).
struct OptimizeOptions {
  std::filesystem::path job_file;
  std::vector<std::string> overrides;       ///< "strategy.candidates=64"
  std::filesystem::path run;                ///< continue this run folder; empty: find or make one
  bool fresh = false;                       ///< a new run even if the same job has one
  bool take_over = false;                   ///< even if the owner of the run may be alive
  bool salvage = false;                     ///< continue from the valid part of a damaged journal
  bool quiet = false;                       ///< no progress
  std::optional<core::WallLabel> end_time;  ///< when the granted time is over, if known
  /// Shows the outcome and ends the process. Called on rank 0 instead of a return when the
  /// session is over but a cell or a rank is not, and would be waited for.
  std::function<void(const struct OptimizeOutcome&)> end_here;
};

/// What a dry run tells, and what a run starts with.
struct Plan {
  std::string job;
  std::array<std::uint32_t, model::split_count> examples{};
  std::uint32_t candidates = 0;
  std::uint64_t evaluations = 0;   ///< on validation, at most (bootstraps come on top)
  bool may_take_less = false;      ///< how early races stop candidates depends on scores
  std::uint64_t bootstraps = 0;    ///< on train, at most
  bool has_texts_written = false;  ///< for the strategy: what these take comes on top
  std::uint64_t test_evaluations = 0;
  std::uint64_t memory_bytes = 0;  ///< of the coordinator, for results
  std::uint64_t journal_bytes = 0;
  double baseline_cell_s = 0;                ///< measured on a few cells; 0: not measured
  std::uint32_t slots = 1;                   ///< of each rank on this node
  std::optional<std::uint32_t> max_workers;  ///< slots in all at most; none: no limit
  std::vector<std::uint32_t> rungs;          ///< validation cells at each racing decision
  std::filesystem::path runs_folder;
  std::optional<std::filesystem::path> same_job;  ///< the run that the command would continue
};

struct OptimizeOutcome {
  int rank = 0;
  campaign::EndReport report;
  std::filesystem::path run_folder;  ///< empty on ranks other than 0
  bool already_complete = false;     ///< nothing had to be done
  bool view_written = true;
  std::string first_failure;
};

/// Runs (or continues) a campaign on all ranks of this MPI job, or in this process alone when it
/// was not started by an MPI launcher. **Collective**. Rank 0 reads the job; progress goes to
/// stderr, the outcome is returned. Throws core::Error; ranks other than 0 leave quietly then.
[[nodiscard]] OptimizeOutcome optimize(const OptimizeOptions& options, Keeper& keeper);

/// What `optimize` would do, without doing it. Evaluates a few cells of the baseline to tell the
/// cost; `ranks_on_node` share this node. Local.
[[nodiscard]] Plan plan(const OptimizeOptions& options, int ranks_on_node = 1);

}  // namespace foundation::runtime
