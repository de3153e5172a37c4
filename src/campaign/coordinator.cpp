#include "campaign/coordinator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "campaign/answer.hpp"
#include "campaign/end_note.hpp"
#include "core/contracts.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "foundation/trace.hpp"

namespace foundation::campaign {

using core::Duration;
using journal::Sequence;
using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Split;

namespace {

constexpr std::string_view out_of_time = "end of the allocation";
constexpr std::uint64_t most_failure_texts = 1000;  // of a session, about

bool counts_as_evaluation(Split split) { return split != Split::test; }

/// Results that came a second time: final ones that finished no cell.
std::uint64_t repeated(std::span<const CellResult> cells, std::uint32_t fresh) {
  const auto final_ones = std::ranges::count_if(
      cells, [](const CellResult& cell) { return model::is_final(cell.status); });
  return static_cast<std::uint64_t>(final_ones) - fresh;
}

}  // namespace

Coordinator::Coordinator(CoordinatorOptions options, optimize::Trajectory& trajectory,
                         optimize::CellStore& store, const Scoring& scoring,
                         const Recovered& recovered, const std::vector<ExamplesRecord>& examples,
                         Effects& effects, Now now)
    : options_{std::move(options)},
      trajectory_{trajectory},
      store_{store},
      scoring_{scoring},
      effects_{effects},
      dispatcher_{options_.scheduler, scoring.trials(), options_.keep_outputs, trajectory, effects},
      log_{options_.journal, recovered},
      start_{options_.start, now.time + options_.start_limit},
      attempts_{options_.max_attempts},
      evaluations_{recovered.cells},
      duplicates_{recovered.duplicates},
      next_progress_{now.time + options_.progress_interval},
      next_publish_{now.time} {
  log_.begin(recovered, options_.job, options_.session, examples, now);
  if (options_.objectives) {
    options_.objectives->at = now.wall;
    log_.append(RecordKind::objectives, *options_.objectives, now);
  }
  recall_suspects(recovered, now);
  meter_.sample(evaluations_, now.time);
  advance(nullptr, now);
  check_end(now);
  if (auto request = writer().next_write(now.time, true)) effects_.write(std::move(*request));
}

// --- workers -------------------------------------------------------------------------------------

void Coordinator::worker_joined(WorkerIndex worker, const WorkerRecord& description, Now now) {
  // A worker's end can be noticed before its first message arrives.
  const bool known_lost = lost_.contains(worker) && !FOUNDATION_MUTATION(lost_worker_welcomed);
  FOUNDATION_REACHED_IF(known_lost, hello_of_lost_worker);
  if (phase_ == Phase::ended || known_lost) return effects_.dismiss(worker);
  if (scheduler().has_worker(worker)) return;
  log_.append(RecordKind::worker, description, now);
  dispatcher_.add_worker(worker, description.slots);
  start_.worker_joined(worker, description.host, description.slots);
  note_start(now);
  serve(worker, now);
  pump(now);
}

void Coordinator::worker_lost(const Loss& loss, Now now) {
  if (phase_ == Phase::ended) return;
  const WorkerIndex worker = loss.worker;
  lost_.insert(worker);
  if (!scheduler().has_worker(worker)) return start_.worker_lost(worker);
  WorkerRecord record{.worker = worker,
                      .change = WorkerChange::lost,
                      .host = {},
                      .reason = loss.reason,
                      .at = now.wall};
  log_.append(RecordKind::worker, record, now);
  if (loss.kind == LossKind::process_ended) suspect(scheduler().held_by(worker), loss.reason, now);
  for (const CellRange& range : scheduler().remove_worker(worker))
    if (!FOUNDATION_MUTATION(lease_of_lost_worker_forgotten)) add_unfinished(range);
  if (scheduler().workers().empty() && phase_ == Phase::running) {
    FOUNDATION_REACHED(last_worker_lost);
    end_with(Ending::workers_lost, fmt::format("the last worker is lost: {}", loss.reason), now);
  }
  serve_all(now);
  check_end(now);
  pump(now);
}

void Coordinator::note_start(Now now) {
  if (phase_ == Phase::ending || phase_ == Phase::ended) return;
  const auto started = start_.check(now.time, now.wall);
  if (!started) return;
  FOUNDATION_REACHED_IF(!started->complete, started_without_some);
  log_.append(RecordKind::started, *started, now);
  effects_.say_start(*started);
  serve_all(now);
}

std::optional<Sequence> Coordinator::note(RecordKind kind, std::span<const std::byte> payload,
                                          Now now) {
  if (phase_ == Phase::ending || phase_ == Phase::ended) return std::nullopt;
  const Sequence record = log_.append_encoded(kind, payload, now);
  pump(now);
  return record;
}

void Coordinator::lease_returned(WorkerIndex worker, LeaseId lease, Now now) {
  if (phase_ == Phase::ended) return;
  if (const auto held = scheduler().close(lease, now.time, std::nullopt)) {
    FOUNDATION_REACHED(recalled_lease_came_back);
    if (!FOUNDATION_MUTATION(recalled_lease_forgotten)) add_unfinished(held->range);
    serve_all(now);
  }
  if (scheduler().has_worker(worker)) serve(worker, now);
  check_end(now);
  pump(now);
}

bool Coordinator::gives_work() const noexcept {
  return phase_ == Phase::running &&
         (start_.has_started() || FOUNDATION_MUTATION(lease_before_start));
}

void Coordinator::serve(WorkerIndex worker, Now now) {
  FOUNDATION_REACHED_IF(!start_.has_started(), start_waited);
  if (gives_work()) dispatcher_.serve(worker, now.time);
}

void Coordinator::serve_all(Now now) {
  if (gives_work()) dispatcher_.serve_all(now.time);
}

// --- results -------------------------------------------------------------------------------------

void Coordinator::results(WorkerIndex worker, LeaseId lease, const CellRange& range, Duration busy,
                          std::span<const CellResult> cells, std::span<const std::string> outputs,
                          Now now) {
  FOUNDATION_TRACE_SCOPE("enter results");
  FOUNDATION_REACHED_IF(phase_ == Phase::ended, result_after_end);
  if (phase_ == Phase::ended) return;
  FOUNDATION_REACHED_IF(lost_.contains(worker), result_of_lost_worker);
  scheduler().close(lease, now.time, busy);
  const bool all_evaluated = std::ranges::all_of(cells, [](const CellResult& cell) {
    return cell.status == CellStatus::ok || cell.status == CellStatus::wrong;
  });
  if (all_evaluated) serve(worker, now);  // it works on while its results are entered
  const std::uint32_t fresh = store_.finish(range, cells, outputs);
  if (counts_as_evaluation(range.split))
    evaluations_ += FOUNDATION_MUTATION(duplicates_counted) ? cells.size() : fresh;
  if (fresh > 0 && !FOUNDATION_MUTATION(results_not_journalled))
    log_.append_results(
        worker, range, cells,
        keeps_texts(range.split, all_evaluated) ? outputs : std::span<const std::string>{}, now);
  FOUNDATION_REACHED_IF(repeated(cells, fresh) > 0, duplicate_result_dropped);
  duplicates_ += repeated(cells, fresh);
  if (!all_evaluated) {
    note_failure(cells, outputs);
    note_crashes(range, cells);
    note_blocked(cells, outputs, now);
    handle_unfinished(range, cells, now);
  }
  if (fresh > 0) {
    advance(&range, now);
  }
  check_end(now);
  serve(worker, now);
  pump(now);
}

/// What failed cells leave to say is kept for the first of them; more of it helps nobody.
bool Coordinator::keeps_texts(model::Split split, bool all_evaluated) const noexcept {
  return dispatcher_.keeps_outputs(split) || (!all_evaluated && failed_ < most_failure_texts);
}

void Coordinator::note_failure(std::span<const CellResult> cells,
                               std::span<const std::string> outputs) {
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (cells[i].status <= CellStatus::wrong) continue;
    ++failed_;
    if (first_failure_.empty())
      first_failure_ = fmt::format("{}{}{}", model::name_of(cells[i].status),
                                   i < outputs.size() && !outputs[i].empty() ? ": " : "",
                                   i < outputs.size() ? outputs[i] : std::string{});
  }
}

/// To go on would only turn cells into failures that are none of theirs.
void Coordinator::note_blocked(std::span<const CellResult> cells,
                               std::span<const std::string> outputs, Now now) {
  for (std::size_t i = 0; i < cells.size(); ++i)
    if (cells[i].status == CellStatus::blocked)
      stop(i < outputs.size() && !outputs[i].empty() ? outputs[i] : "the program is blocked", now);
}

// Infrastructure failures are delivered again; a cell that keeps failing counts as crashed. One
// that is blocked waits for the next session.
void Coordinator::handle_unfinished(const CellRange& range, std::span<const CellResult> cells,
                                    Now now) {
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (model::is_final(cells[i].status)) continue;
    const std::uint32_t position = range.begin + i;
    if (store_.is_finished(range.candidate, range.split, position)) continue;
    const CellRange cell{range.candidate, range.split, position, position + 1};
    if (cells[i].status == CellStatus::blocked) {
      dispatcher_.add_urgent(cell);
      continue;
    }
    const bool again = attempts_.may_repeat(range.candidate, range.split, position);
    if ((again && !FOUNDATION_MUTATION(infrastructure_failure_scored)) ||
        FOUNDATION_MUTATION(retry_without_bound)) {
      if (!FOUNDATION_MUTATION(retry_forgotten)) dispatcher_.add_urgent(cell);
      continue;
    }
    FOUNDATION_REACHED(cell_given_up);
    CellResult crashed;
    crashed.status = CellStatus::crashed;
    crashed.attempts = static_cast<std::uint8_t>(std::min(attempts_.limit(), 255U));
    store_.finish(cell, {&crashed, 1});
    if (counts_as_evaluation(range.split)) ++evaluations_;
    log_.append_results(0, cell, {&crashed, 1}, {}, now);
    advance(&cell, now);
  }
  serve_all(now);
}

void Coordinator::add_unfinished(const CellRange& range) {
  const auto finished = [&](std::uint32_t position) {
    return store_.is_finished(range.candidate, range.split, position);
  };
  for (std::uint32_t position = range.begin; position < range.end;) {
    const std::uint32_t begin = position;
    while (position < range.end && !finished(position)) ++position;
    FOUNDATION_REACHED_IF(begin < position, lost_lease_given_out_again);
    if (begin < position)
      dispatcher_.add_urgent({range.candidate, range.split, begin, position});
    else
      ++position;
  }
}

/// What follows from new outcomes: decisions, proposals, and the work that comes of them.
void Coordinator::advance(const CellRange* changed, Now now) {
  FOUNDATION_TRACE_SCOPE("decide");
  trajectory_.advance(changed);
  const optimize::Changes changes = trajectory_.take_changes();
  log_.append_changes(changes, now);
  for (const CellRange& range : changes.work) dispatcher_.add_work(range);
  if (!changes.work.empty()) serve_all(now);
}

// --- suspects ------------------------------------------------------------------------------------

/// What earlier sessions learned, and what the last one was at when its process ended.
void Coordinator::recall_suspects(const Recovered& recovered, Now now) {
  std::vector<CellRange> fresh;
  for (const CellRange& range : options_.suspects)
    if (std::ranges::find(recovered.suspects, range) == recovered.suspects.end())
      fresh.push_back(range);
  if (!FOUNDATION_MUTATION(suspicion_not_recovered))
    for (const CellRange& range : recovered.suspects) dispatcher_.suspect(range);
  for (const CellRange& range : recovered.suspects) {
    const auto cells = store_.cells(range.candidate, range.split);
    for (std::size_t position = range.begin;
         position < std::min<std::size_t>(range.end, cells.size()); ++position)
      if (cells[position].status == CellStatus::crashed)
        dispatcher_.crashed(range.candidate, range.split, static_cast<std::uint32_t>(position));
  }
  suspect(std::move(fresh), "the process of rank 0 ended while it was evaluating", now);
}

void Coordinator::suspect(std::vector<CellRange> cells, std::string_view reason, Now now) {
  if (cells.empty()) return;
  for (const CellRange& range : cells) dispatcher_.suspect(range);
  log_.append(RecordKind::suspects, SuspectsRecord{std::string{reason}, std::move(cells), now.wall},
              now);
}

void Coordinator::note_crashes(const CellRange& range, std::span<const CellResult> cells) {
  for (std::uint32_t i = 0; i < cells.size(); ++i)
    if (cells[i].status == CellStatus::crashed)
      dispatcher_.crashed(range.candidate, range.split, range.begin + i);
}

// --- time and the end ----------------------------------------------------------------------------

void Coordinator::tick(Now now) {
  if (phase_ == Phase::ended) return;
  note_start(now);
  if (now.time >= next_progress_) report_progress(now);
  check_time(now);
  if (gives_work()) dispatcher_.use_idle_workers(now.time);
  if (const auto watermark = writer().watermark_due(now.time))
    effects_.replace_file(journal::watermark_file(options_.journal.epoch), *watermark);
  pump(now);
}

void Coordinator::report_progress(Now now) {
  next_progress_ = now.time + options_.progress_interval;
  meter_.sample(evaluations_, now.time);
  ProgressRecord progress{
      .at = now.wall,
      .evaluations = evaluations_,
      .expected = std::max(options_.planned_evaluations, trajectory_.committed()),
      .rate = meter_.rate(),
      .slots = scheduler().slots(),
      .failed = failed_};
  if (!trajectory_.stop_reason().empty()) progress.expected = trajectory_.committed();
  if (const auto& best = trajectory_.best()) {
    progress.best = best->index;
    progress.best_score = best->score;
  }
  held_.hold(log_.append(RecordKind::progress, progress, now), progress);
}

void Coordinator::stop(std::string_view reason, Now now) {
  if (phase_ != Phase::running) return;
  phase_ = Phase::draining;
  stop_reason_ = reason;
  FOUNDATION_REACHED_IF(scheduler().leases_out() > 0, stopped_with_leases_out);
  check_end(now);
  pump(now);
}

/// Before the end of the allocation: what cannot finish does not start, and what does not finish
/// is left behind. Either will be evaluated by the session that continues the run.
void Coordinator::check_time(Now now) {
  if (phase_ == Phase::running && scheduler().out_of_time(now.time)) stop(out_of_time, now);
  const bool waiting = phase_ == Phase::running || phase_ == Phase::draining;
  if (!waiting || !options_.last_moment || now.time < *options_.last_moment) return;
  end_with(Ending::stopped, stop_reason_.empty() ? std::string{out_of_time} : stop_reason_, now);
}

void Coordinator::check_end(Now now) {
  if (phase_ == Phase::running) {
    if (trajectory_.phase() == optimize::Trajectory::Phase::finished) finish(now);
    if (trajectory_.phase() == optimize::Trajectory::Phase::failed) {
      const std::string cause =
          first_failure_.empty() ? "" : fmt::format("; the first failure was {}", first_failure_);
      end_with(Ending::no_result, trajectory_.failure() + cause, now);
    }
  }
  if (phase_ == Phase::draining && scheduler().leases_out() == 0)
    end_with(Ending::stopped, stop_reason_, now);
}

void Coordinator::finish(Now now) {
  FinishedRecord record = summarise(trajectory_, store_, scoring_, options_.seed);
  record.duplicates = duplicates_;
  record.at = now.wall;
  held_.hold_end(log_.append(RecordKind::finished, record, now), {Ending::done, {}, record});
  phase_ = Phase::ending;
}

void Coordinator::leave_note(const EndReport& end) {
  EndNote note{options_.journal.epoch, exit_status(end.ending), end.message};
  if (end.ending == Ending::done) note.reason = trajectory_.stop_reason();
  note.again = end.ending == Ending::workers_lost;
  const bool as_done = FOUNDATION_MUTATION(done_when_stopped);
  effects_.replace_file(as_done ? done_file : note_file(note.exit_status), to_json(note));
}

void Coordinator::end_with(Ending ending, std::string message, Now now) {
  const Sequence record = log_.append(RecordKind::stopped, StoppedRecord{message, now.wall}, now);
  held_.hold_end(record, {ending, std::move(message), std::nullopt});
  phase_ = Phase::ending;
}

void Coordinator::write_done(journal::WriteDone outcome, Now now) {
  if (phase_ == Phase::ended) return;
  writer().done(std::move(outcome));
  if (writer().failed()) {
    phase_ = Phase::ended;
    const Ending ending = writer().fenced() ? Ending::fenced : Ending::storage_failed;
    const EndReport report{ending, writer().failure(), std::nullopt};
    if (ending != Ending::fenced) leave_note(report);
    for (const WorkerIndex worker : scheduler().workers()) effects_.dismiss(worker);
    return effects_.end(report);
  }
  release_reports();
  pump(now);
}

void Coordinator::pump(Now now) {
  if (phase_ == Phase::ended) return;
  if (auto request = writer().next_write(now.time, phase_ == Phase::ending))
    effects_.write(std::move(*request));
  if (phase_ != Phase::ending && now.time >= next_publish_ && writer().durable() > published_) {
    published_ =
        FOUNDATION_MUTATION(published_before_durable) ? writer().appended() : writer().durable();
    next_publish_ = now.time + options_.publish_interval;
    effects_.publish(published_, false);
  }
}

/// Output commit: what waited for the disk is let out now.
void Coordinator::release_reports() {
  const Sequence safe =
      FOUNDATION_MUTATION(reported_before_durable) ? writer().appended() : writer().durable();
  held_.release(safe, effects_);
  if (phase_ != Phase::ending) return;
  const EndReport* end = held_.end_at(
      FOUNDATION_MUTATION(done_before_durable) ? writer().appended() : writer().durable());
  FOUNDATION_REACHED_IF(end == nullptr, end_waited_for_disk);
  if (end == nullptr) return;
  phase_ = Phase::ended;
  effects_.replace_file(journal::watermark_file(options_.journal.epoch), writer().watermark());
  leave_note(*end);
  for (const WorkerIndex worker : scheduler().workers()) effects_.dismiss(worker);
  effects_.publish(writer().durable(), true);
  effects_.end(*end);
}

}  // namespace foundation::campaign
