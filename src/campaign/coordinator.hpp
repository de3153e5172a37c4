#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

#include "campaign/attempts.hpp"
#include "campaign/dispatcher.hpp"
#include "campaign/effects.hpp"
#include "campaign/liveness.hpp"
#include "campaign/output_commit.hpp"
#include "campaign/progress.hpp"
#include "campaign/recovery.hpp"
#include "campaign/run_log.hpp"
#include "campaign/scheduler.hpp"
#include "campaign/scoring.hpp"
#include "campaign/start_watch.hpp"
#include "journal/journal.hpp"
#include "optimize/cell_store.hpp"
#include "optimize/trajectory.hpp"

namespace foundation::campaign {

struct CoordinatorOptions {
  SchedulerOptions scheduler;
  journal::WriterOptions journal;
  JobRecord job;  ///< written first in a new run
  SessionRecord session;
  std::optional<ObjectivesRecord> objectives;  ///< none: the score is the only one
  std::uint64_t seed = 1;
  StartPlan start;  ///< who is waited for before the first cell is given out
  core::Duration start_limit = std::chrono::seconds{10};  ///< for all of these to join
  bool keep_outputs = false;               ///< texts of every cell; train and samples always
  std::uint32_t max_attempts = 3;          ///< deliveries of a cell before it counts as crashed
  std::vector<model::CellRange> suspects;  ///< found at work in a process that ended before
  std::uint64_t planned_evaluations = 0;   ///< for the estimate, until everything is proposed
  core::Duration progress_interval = std::chrono::seconds{1};
  core::Duration publish_interval = std::chrono::seconds{2};
  /// When to end without what is still being evaluated; not before `scheduler.deadline`.
  std::optional<core::Time> last_moment;
};

/// Heart of a campaign, on rank 0: joins trajectory, scheduler and journal. A state machine: it
/// is told what happened and acts through Effects; no clock, no message layer, no file.
///
/// Results count as soon as they arrive, but nothing is reported, published or called done before
/// the records it rests on are durable.
///
/// Local, one thread. `trajectory`, `store`, `scoring` and `effects` outlive it. The constructor
/// throws core::Error{conflict} when the journal turns out to be in a successor's hands.
class Coordinator {
 public:
  Coordinator(CoordinatorOptions options, optimize::Trajectory& trajectory,
              optimize::CellStore& store, const Scoring& scoring, const Recovered& recovered,
              const std::vector<ExamplesRecord>& examples, Effects& effects, Now now);

  void worker_joined(WorkerIndex worker, const WorkerRecord& description, Now now);
  /// Its results still count when they come late: the first outcome of a cell wins, whoever sent
  /// it. It gets no more work. If its process ended, what it held is suspected of having ended it.
  void worker_lost(const Loss& loss, Now now);
  /// Results of the cells of a lease, which took a slot `busy`; `outputs` is empty or has one
  /// text a cell.
  void results(WorkerIndex worker, LeaseId lease, const model::CellRange& range,
               core::Duration busy, std::span<const model::CellResult> cells,
               std::span<const std::string> outputs, Now now);
  /// A recalled lease came back unstarted.
  void lease_returned(WorkerIndex worker, LeaseId lease, Now now);
  /// An encoded record that decides nothing here, for the journal alone. Its number; nothing when
  /// the end is near and nothing more is written down.
  std::optional<journal::Sequence> note(RecordKind kind, std::span<const std::byte> payload,
                                        Now now);
  void write_done(journal::WriteDone outcome, Now now);
  /// Time has passed. To be called at least every few milliseconds while anything is going on.
  void tick(Now now);
  /// Ends early: nothing new starts, leases that are out are waited for, but not beyond the last
  /// moment.
  void stop(std::string_view reason, Now now);

  [[nodiscard]] bool ended() const noexcept { return phase_ == Phase::ended; }
  [[nodiscard]] const journal::Writer& writer() const noexcept { return log_.writer(); }
  [[nodiscard]] const Scheduler& scheduler() const noexcept { return dispatcher_.scheduler(); }
  [[nodiscard]] std::uint64_t duplicates() const noexcept { return duplicates_; }
  /// Text that came with the first cell that failed.
  [[nodiscard]] const std::string& first_failure() const noexcept { return first_failure_; }

 private:
  enum class Phase : std::uint8_t { running, draining, ending, ended };

  void recall_suspects(const Recovered& recovered, Now now);
  void suspect(std::vector<model::CellRange> cells, std::string_view reason, Now now);
  void note_crashes(const model::CellRange& range, std::span<const model::CellResult> cells);
  void note_blocked(std::span<const model::CellResult> cells, std::span<const std::string> outputs,
                    Now now);
  void handle_unfinished(const model::CellRange& range, std::span<const model::CellResult> cells,
                         Now now);
  [[nodiscard]] bool keeps_texts(model::Split split, bool all_evaluated) const noexcept;
  void note_failure(std::span<const model::CellResult> cells, std::span<const std::string> outputs);
  void add_unfinished(const model::CellRange& range);
  void advance(const model::CellRange* changed, Now now);
  [[nodiscard]] Scheduler& scheduler() noexcept { return dispatcher_.scheduler(); }
  [[nodiscard]] journal::Writer& writer() noexcept { return log_.writer(); }
  [[nodiscard]] bool gives_work() const noexcept;
  void serve(WorkerIndex worker, Now now);
  void serve_all(Now now);
  void check_time(Now now);
  void check_end(Now now);
  void finish(Now now);
  void leave_note(const EndReport& end);
  void end_with(Ending ending, std::string message, Now now);
  void note_start(Now now);
  void pump(Now now);
  void release_reports();
  void report_progress(Now now);

  CoordinatorOptions options_;
  optimize::Trajectory& trajectory_;
  optimize::CellStore& store_;
  const Scoring& scoring_;
  Effects& effects_;
  Dispatcher dispatcher_;
  RunLog log_;
  ProgressMeter meter_;
  StartWatch start_;

  Phase phase_ = Phase::running;
  std::string stop_reason_;
  std::set<WorkerIndex> lost_;
  Attempts attempts_;
  OutputCommit held_;
  std::uint64_t evaluations_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t duplicates_ = 0;
  std::string first_failure_;
  core::Time next_progress_;
  core::Time next_publish_;
  journal::Sequence published_ = 0;
};

}  // namespace foundation::campaign
