#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "campaign/recovery.hpp"
#include "journal/posix_disk.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"
#include "runtime/problem.hpp"

namespace foundation::runtime {

/// The run this command continues: the one named, or the newest of the same job (unless
/// `fresh`). Throws core::Error{bad_input} when the named one is of another job.
[[nodiscard]] std::optional<std::filesystem::path> existing_run(const Problem& problem,
                                                                const OptimizeOptions& options);

/// The answer of a run that has nothing left to do under this job, or nothing.
[[nodiscard]] std::optional<campaign::FinishedRecord> answer_of(const Problem& problem,
                                                                const std::filesystem::path& run);

/// Throws core::Error{conflict} that names host and process while the owner of the run is, or may
/// be, at work.
void refuse_if_owned(const std::filesystem::path& folder, const journal::Disk& disk);

/// A run folder owned by this process, with what earlier sessions left in it.
struct OwnedRun {
  std::filesystem::path folder;
  bool is_new = false;
  std::unique_ptr<journal::PosixDisk> disk;
  journal::Claim claim;
  std::unique_ptr<optimize::CellStore> store;
  campaign::Recovered recovered;                     ///< its proposals have moved to `trajectory`
  std::vector<model::CellRange> suspects;            ///< at work when rank 0's process ended
  std::unique_ptr<optimize::Trajectory> trajectory;  ///< refers to `store`
};

/// Makes a new run or takes over an existing one: claims the next epoch, then reads the journal.
/// Says on the log what is reused. Throws core::Error{conflict} while another process owns it.
[[nodiscard]] OwnedRun own_run(const Problem& problem, const OptimizeOptions& options,
                               const std::optional<std::filesystem::path>& existing);

/// In a handler, for what is thrown after `own_run`: leaves a note that this session failed and
/// why, unless the run has been taken over. `own_run` does so itself.
void leave_failure_note(OwnedRun& run) noexcept;

}  // namespace foundation::runtime
