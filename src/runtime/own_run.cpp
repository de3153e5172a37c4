#include "runtime/own_run.hpp"

#include <string_view>
#include <system_error>
#include <utility>

#include <fmt/format.h>

#include "campaign/end_note.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "runtime/cell_marks.hpp"
#include "runtime/run_folder.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;

namespace {

/// A salvage claims an epoch before the session does.
bool is_this_process(const journal::Claim& owner) {
  const journal::Claim self = describe_this_process();
  return owner.host == self.host && owner.boot_id == self.boot_id && owner.pid == self.pid &&
         owner.pid_start == self.pid_start;
}

[[noreturn]] void refuse_other_job(const fs::path& run) {
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("{} is a run of another job, or its trainset, its program or a "
                                "key that steers the search has changed since",
                                run.string()),
                    fmt::format("compare the job file with {}, or start anew with --fresh",
                                (run / effective_job_file).string())};
}

/// Looks before anything is claimed: somebody else may be at work on it.
void require_run_of(const Problem& problem, const fs::path& run) {
  std::error_code error;
  if (fs::exists(run / identity_file, error)) {
    if (!is_run_of(run, problem.identity())) refuse_other_job(run);
  } else if (!fs::is_directory(run / "journal", error)) {
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("there is no run in '{}'", run.string()),
                      "without --run, the newest run of the same job is continued"};
  }
}

void tell_what_is_reused(const OwnedRun& run) {
  const campaign::Recovered& recovered = run.recovered;
  if (recovered.log.tail == journal::TailState::torn)
    core::log(core::LogLevel::warning,
              fmt::format("{}: the last {} bytes were being written when the run was killed; cut "
                          "off, what they held is evaluated again",
                          recovered.log.torn_file, recovered.log.torn_bytes));
  if (recovered.sessions == 0) {
    core::log(core::LogLevel::info, fmt::format("new run {}", run.folder.string()));
  } else {
    core::log(core::LogLevel::info,
              fmt::format("resumed {}: {} evaluations of {} candidates reused, session {}",
                          run.folder.string(), recovered.cells, recovered.proposals.size(),
                          recovered.sessions + 1));
  }
}

/// The keeper of rank 0 has left them if its process ended in the middle of cells.
std::vector<model::CellRange> left_suspects(const journal::Disk& disk,
                                            const optimize::CellStore& store) {
  const auto bytes = disk.read(suspects_file);
  if (!bytes) return {};
  auto cells = read_suspects({reinterpret_cast<const char*>(bytes->data()), bytes->size()});
  std::erase_if(cells, [&store](const model::CellRange& cell) {
    return cell.end > store.size_of(cell.split);
  });
  return cells;
}

/// What the claimed run holds.
void read_run(OwnedRun& run, const Problem& problem) {
  if (!run.is_new) {
    point_latest(run.folder);
    remove_left_overs(run.folder);
  }
  run.store = std::make_unique<optimize::CellStore>(problem.make_store());
  run.recovered = campaign::recover(*run.disk, *run.store);
  if (run.recovered.job && run.recovered.job->identity != problem.identity())
    refuse_other_job(run.folder);
  run.suspects = left_suspects(*run.disk, *run.store);
  tell_what_is_reused(run);
  run.trajectory = problem.make_trajectory(*run.store, std::move(run.recovered.proposals),
                                           std::move(run.recovered.requests));
}

}  // namespace

std::optional<fs::path> existing_run(const Problem& problem, const OptimizeOptions& options) {
  if (options.fresh) return std::nullopt;
  std::optional<fs::path> run;
  if (options.run.empty()) {
    run = find_same_job(problem.job().runs_folder, problem.job().name, problem.identity());
  } else {
    require_run_of(problem, options.run);
    run = options.run;
  }
  if (run) require_safe_place(fs::absolute(*run / "..").lexically_normal());
  return run;
}

std::optional<campaign::FinishedRecord> answer_of(const Problem& problem, const fs::path& run) {
  const journal::PosixDisk disk{run, journal::FolderAccess::read_only};
  if (!disk.read(campaign::done_file) || !fs::exists(run / view_file)) return std::nullopt;
  optimize::CellStore store = problem.make_store();
  campaign::Recovered recovered = campaign::recover(disk, store);
  if (!recovered.finished) return std::nullopt;
  const auto trajectory =
      problem.make_trajectory(store, std::move(recovered.proposals), std::move(recovered.requests));
  trajectory->advance();
  const bool is_same = trajectory->phase() == optimize::Trajectory::Phase::finished &&
                       trajectory->winner() == recovered.finished->winner;
  if (!is_same) return std::nullopt;  // more may be evaluated now, or others may win
  return recovered.finished;
}

void refuse_if_owned(const fs::path& folder, const journal::Disk& disk) {
  const auto owner = journal::newest_claim(disk);
  if (!owner || campaign::read_end_note(disk) || is_this_process(*owner)) return;
  const OwnerState state = owner_state(*owner);
  if (state == OwnerState::gone) return;
  const std::string job =
      owner->batch_job.empty() ? "" : fmt::format(" (job {})", owner->batch_job);
  const bool alive = state == OwnerState::alive;
  throw core::Error{
      core::ErrorKind::conflict,
      fmt::format("{} belongs to process {} on {}{}, which {} at work on it", folder.string(),
                  owner->pid, owner->host, job, alive ? "is" : "may still be"),
      alive ? "wait for it, stop it, or start a second run with --fresh"
            : "if it is certainly gone, repeat the command with --take-over"};
}

OwnedRun own_run(const Problem& problem, const OptimizeOptions& options,
                 const std::optional<fs::path>& existing) {
  OwnedRun run;
  run.is_new = !existing;
  run.folder = existing ? *existing
                        : create_run(problem.job().runs_folder, problem.job().name,
                                     problem.identity(), job::effective_toml(problem.job()));
  run.disk = std::make_unique<journal::PosixDisk>(run.folder);
  if (existing && !options.take_over) refuse_if_owned(run.folder, *run.disk);
  run.claim = journal::claim_epoch(*run.disk, describe_this_process());
  try {
    read_run(run, problem);
  } catch (...) {
    leave_failure_note(run);
    throw;
  }
  return run;
}

void leave_failure_note(OwnedRun& run) noexcept {
  constexpr int internal_error = 70;
  campaign::EndNote note{run.claim.epoch, internal_error};
  try {
    throw;
  } catch (const core::Error& error) {
    if (error.kind() == core::ErrorKind::conflict) return;  // the run is somebody else's now
    note.exit_status = core::exit_status(error.kind());
    note.reason = error.what();
  } catch (const std::exception& error) {
    note.reason = error.what();
  } catch (...) {
    note.reason = "an unknown exception";
  }
  campaign::leave_end_note(*run.disk, note);
}

}  // namespace foundation::runtime
