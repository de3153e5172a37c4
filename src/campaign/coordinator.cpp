#include "campaign/coordinator.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "campaign/answer.hpp"
#include "core/contracts.hpp"
#include "core/mutation.hpp"

namespace foundation::campaign {

using core::Duration;
using journal::Sequence;
using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Split;

namespace {

constexpr std::string_view done_file = "DONE";

bool counts_as_evaluation(Split split) { return split != Split::test; }

DecisionRecord to_record(const optimize::Decision& decision) {
  return {.heat = decision.heat,
          .rung = decision.rung,
          .candidate = decision.candidate,
          .cells = decision.cells,
          .score = decision.score,
          .rank = decision.rank,
          .kept = decision.kept};
}

/// A new epoch continues after what is certain to be on the disk. Its claim may be old by now: a
/// process that stood still since may find the journal of its successor.
journal::WriterOptions continued(journal::WriterOptions options, const journal::Recovery& log) {
  if (log.end.epoch >= options.epoch && !FOUNDATION_MUTATION(late_start_not_fenced))
    throw core::Error{core::ErrorKind::conflict,
                      fmt::format("epoch {} has taken over the run while this process, epoch {}, "
                                  "was starting",
                                  log.end.epoch, options.epoch),
                      "let it work, or stop it and repeat the command"};
  options.predecessor = log.confirmed;
  return options;
}

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
      scheduler_{options_.scheduler},
      writer_{continued(options_.journal, recovered.log)},
      known_decisions_{recovered.decisions},
      known_outcomes_{recovered.outcomes},
      evaluations_{recovered.cells},
      duplicates_{recovered.duplicates},
      next_progress_{now.time + options_.progress_interval},
      next_publish_{now.time} {
  begin_run(recovered, examples, now);
  meter_.sample(evaluations_, now.time);
  trajectory_.advance();
  apply_changes(now);
  check_end(now);
  if (auto request = writer_.next_write(now.time, true)) effects_.write(std::move(*request));
}

Sequence Coordinator::append_payload(RecordKind kind, std::span<const std::byte> payload, Now now) {
  return writer_.append(static_cast<journal::RecordType>(kind), payload, now.time);
}

template <class Record>
Sequence Coordinator::append(RecordKind kind, const Record& record, Now now) {
  return append_payload(kind, encode(record), now);
}

void Coordinator::begin_run(const Recovered& recovered, const std::vector<ExamplesRecord>& examples,
                            Now now) {
  for (const journal::StoredRecord& record : recovered.log.unconfirmed)
    if (!FOUNDATION_MUTATION(unconfirmed_dropped))
      writer_.append(record.type, record.payload, now.time);
  if (!recovered.job) append(RecordKind::job, options_.job, now);
  append(RecordKind::session, options_.session, now);
  std::uint64_t count = 0;
  for (const ExamplesRecord& part : examples) count += part.ids.size();
  if (recovered.examples >= count) return;
  for (const ExamplesRecord& part : examples) append(RecordKind::examples, part, now);
}

// --- workers -------------------------------------------------------------------------------------

void Coordinator::worker_joined(WorkerIndex worker, const WorkerRecord& description, Now now) {
  // A worker's end can be noticed before its first message arrives.
  if (phase_ == Phase::ended || lost_.contains(worker)) return effects_.dismiss(worker);
  if (scheduler_.has_worker(worker)) return;
  append(RecordKind::worker, description, now);
  if (worker >= sent_.size()) sent_.resize(worker + 1);
  sent_[worker].clear();
  scheduler_.add_worker(worker, description.slots);
  serve(worker, now);
  pump(now);
}

void Coordinator::worker_lost(WorkerIndex worker, std::string_view reason, Now now) {
  if (phase_ == Phase::ended) return;
  lost_.insert(worker);
  if (!scheduler_.has_worker(worker)) return;
  WorkerRecord record{.worker = worker,
                      .change = WorkerChange::lost,
                      .host = {},
                      .reason = std::string{reason},
                      .at = now.wall};
  append(RecordKind::worker, record, now);
  for (const CellRange& range : scheduler_.remove_worker(worker))
    if (!FOUNDATION_MUTATION(lease_of_lost_worker_forgotten)) add_unfinished(range);
  if (scheduler_.workers().empty() && phase_ == Phase::running) {
    end_with(Ending::workers_lost, fmt::format("the last worker is lost: {}", reason), now);
  }
  serve_all(now);
  check_end(now);
  pump(now);
}

void Coordinator::lease_returned(WorkerIndex worker, LeaseId lease, Now now) {
  if (phase_ == Phase::ended) return;
  if (const auto held = scheduler_.close(lease, now.time, std::nullopt)) {
    if (!FOUNDATION_MUTATION(recalled_lease_forgotten)) add_unfinished(held->range);
    serve_all(now);
  }
  if (scheduler_.has_worker(worker)) serve(worker, now);
  check_end(now);
  pump(now);
}

void Coordinator::serve(WorkerIndex worker, Now now) {
  if (phase_ != Phase::running || !scheduler_.has_worker(worker)) return;
  while (auto lease = scheduler_.next_lease(worker, now.time)) send(worker, *lease);
}

/// Idle slots first: what is called back from one worker must not wait at the next one.
void Coordinator::serve_all(Now now) {
  if (phase_ != Phase::running) return;
  for (const WorkerIndex worker : scheduler_.workers()) {
    while (scheduler_.idle_slots_of(worker) > 0) {
      const auto lease = scheduler_.next_lease(worker, now.time);
      if (!lease) return;
      send(worker, *lease);
    }
  }
  for (const WorkerIndex worker : scheduler_.workers()) serve(worker, now);
}

void Coordinator::send(WorkerIndex worker, Lease lease) {
  const model::CandidateIndex candidate = lease.range.candidate;
  std::vector<bool>& sent = sent_[worker];
  if (candidate >= sent.size()) sent.resize(candidate + 1, false);
  if (!sent[candidate] && !(FOUNDATION_MUTATION(candidate_not_sent) && candidate > 0)) {
    effects_.send_candidate(worker, trajectory_.proposals()[candidate].candidate);
    sent[candidate] = true;
  }
  lease.keep_outputs = options_.keep_outputs || lease.range.split == Split::train;
  effects_.send_lease(worker, lease);
}

void Coordinator::use_idle_workers(Now now) {
  if (phase_ != Phase::running || scheduler_.pending_cells() > 0 || scheduler_.idle_slots() == 0)
    return;
  if (const auto recall = scheduler_.next_recall())
    return effects_.send_recall(recall->holder, recall->lease);
  for (const WorkerIndex worker : scheduler_.workers())
    if (const auto copy = scheduler_.next_copy(worker, now.time)) return send(worker, *copy);
}

// --- results -------------------------------------------------------------------------------------

void Coordinator::results(WorkerIndex worker, LeaseId lease, const CellRange& range, Duration busy,
                          std::span<const CellResult> cells, std::span<const std::string> outputs,
                          Now now) {
  if (phase_ == Phase::ended) return;
  scheduler_.close(lease, now.time, busy);
  const std::uint32_t fresh = store_.finish(range, cells);
  if (counts_as_evaluation(range.split))
    evaluations_ += FOUNDATION_MUTATION(duplicates_counted) ? cells.size() : fresh;
  if (fresh > 0 && !FOUNDATION_MUTATION(results_not_journalled))
    journal_results(worker, range, cells, outputs, now);
  duplicates_ += repeated(cells, fresh);
  if (std::ranges::any_of(cells, [](const CellResult& cell) {
        return cell.status != CellStatus::ok && cell.status != CellStatus::wrong;
      })) {
    note_failure(cells, outputs);
    handle_unfinished(range, cells, now);
  }
  if (fresh > 0) {
    trajectory_.advance(&range);
    apply_changes(now);
  }
  check_end(now);
  serve(worker, now);
  pump(now);
}

void Coordinator::journal_results(WorkerIndex worker, const CellRange& range,
                                  std::span<const CellResult> cells,
                                  std::span<const std::string> outputs, Now now) {
  const bool keep = !outputs.empty() && (options_.keep_outputs || range.split == Split::train);
  const ResultsHeader header{.candidate = range.candidate,
                             .begin = range.begin,
                             .count = range.size(),
                             .worker = worker,
                             .split = range.split,
                             .has_outputs = static_cast<std::uint8_t>(keep ? 1 : 0),
                             .received_at = now.wall};
  encode_results(header, cells, keep ? outputs : std::span<const std::string>{}, payload_);
  writer_.append(static_cast<journal::RecordType>(RecordKind::results), payload_, now.time);
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

// Infrastructure failures are delivered again; a cell that keeps failing counts as crashed.
void Coordinator::handle_unfinished(const CellRange& range, std::span<const CellResult> cells,
                                    Now now) {
  for (std::uint32_t i = 0; i < cells.size(); ++i) {
    if (model::is_final(cells[i].status)) continue;
    const std::uint32_t position = range.begin + i;
    if (store_.is_finished(range.candidate, range.split, position)) continue;
    const CellRange cell{range.candidate, range.split, position, position + 1};
    const bool again =
        ++attempts_[{range.candidate, range.split, position}] < options_.max_attempts;
    if ((again && !FOUNDATION_MUTATION(infrastructure_failure_scored)) ||
        FOUNDATION_MUTATION(retry_without_bound)) {
      if (!FOUNDATION_MUTATION(retry_forgotten)) scheduler_.add_urgent(cell);
      continue;
    }
    CellResult crashed;
    crashed.status = CellStatus::crashed;
    crashed.attempts = static_cast<std::uint8_t>(std::min(options_.max_attempts, 255U));
    store_.finish(cell, {&crashed, 1});
    if (counts_as_evaluation(range.split)) ++evaluations_;
    journal_results(0, cell, {&crashed, 1}, {}, now);
    trajectory_.advance(&cell);
    apply_changes(now);
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
    if (begin < position)
      scheduler_.add_urgent({range.candidate, range.split, begin, position});
    else
      ++position;
  }
}

void Coordinator::apply_changes(Now now) {
  optimize::Changes changes = trajectory_.take_changes();
  for (optimize::Proposal& proposal : changes.proposals)
    append(RecordKind::proposal,
           ProposalRecord{std::move(proposal.candidate), std::move(proposal.used), now.wall}, now);
  for (const optimize::Decision& decision : changes.decisions) {
    std::vector<std::byte> payload = encode(to_record(decision));
    auto& known = known_decisions_[{decision.heat, decision.rung, decision.candidate}];
    if (known != payload) append_payload(RecordKind::decision, known = std::move(payload), now);
  }
  for (const optimize::CandidateOutcome& outcome : changes.outcomes) {
    std::vector<std::byte> payload = encode(OutcomeRecord{outcome});
    auto& known = known_outcomes_[outcome.index];
    if (known != payload || FOUNDATION_MUTATION(resume_writes_outcomes_again))
      append_payload(RecordKind::outcome, known = std::move(payload), now);
  }
  for (const CellRange& range : changes.work) scheduler_.add_work(range);
  if (!changes.work.empty()) serve_all(now);
}

// --- time and the end ----------------------------------------------------------------------------

void Coordinator::tick(Now now) {
  if (phase_ == Phase::ended) return;
  if (now.time >= next_progress_) report_progress(now);
  use_idle_workers(now);
  if (const auto watermark = writer_.watermark_due(now.time))
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
      .slots = scheduler_.slots(),
      .failed = failed_};
  if (!trajectory_.stop_reason().empty()) progress.expected = trajectory_.committed();
  if (const auto& best = trajectory_.best()) {
    progress.best = best->index;
    progress.best_score = best->score;
  }
  unreported_.emplace_back(append(RecordKind::progress, progress, now), progress);
}

void Coordinator::stop(std::string_view reason, Now now) {
  if (phase_ != Phase::running) return;
  phase_ = Phase::draining;
  stop_reason_ = reason;
  check_end(now);
  pump(now);
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
  if (phase_ == Phase::draining && scheduler_.leases_out() == 0)
    end_with(Ending::stopped, stop_reason_, now);
}

void Coordinator::finish(Now now) {
  FinishedRecord record = summarise(trajectory_, store_, scoring_, options_.seed);
  record.duplicates = duplicates_;
  record.at = now.wall;
  end_sequence_ = append(RecordKind::finished, record, now);
  end_report_ = EndReport{Ending::done, {}, record};
  phase_ = Phase::ending;
}

std::string Coordinator::done_note() const {
  const bool has_answer = end_report_->ending == Ending::done;
  return fmt::format("{{\"epoch\":{},\"exit_status\":{},\"reason\":\"{}\"}}\n",
                     options_.journal.epoch, has_answer ? 0 : 4,
                     has_answer ? trajectory_.stop_reason() : "no valid result");
}

void Coordinator::end_with(Ending ending, std::string message, Now now) {
  end_sequence_ = append(RecordKind::stopped, StoppedRecord{message, now.wall}, now);
  end_report_ = EndReport{ending, std::move(message), std::nullopt};
  phase_ = Phase::ending;
}

void Coordinator::write_done(journal::WriteDone outcome, Now now) {
  if (phase_ == Phase::ended) return;
  writer_.done(std::move(outcome));
  if (writer_.failed()) {
    phase_ = Phase::ended;
    const Ending ending = writer_.fenced() ? Ending::fenced : Ending::storage_failed;
    for (const WorkerIndex worker : scheduler_.workers()) effects_.dismiss(worker);
    return effects_.end({ending, writer_.failure(), std::nullopt});
  }
  release_reports();
  pump(now);
}

void Coordinator::pump(Now now) {
  if (phase_ == Phase::ended) return;
  if (auto request = writer_.next_write(now.time, phase_ == Phase::ending))
    effects_.write(std::move(*request));
  if (phase_ != Phase::ending && now.time >= next_publish_ && writer_.durable() > published_) {
    published_ =
        FOUNDATION_MUTATION(published_before_durable) ? writer_.appended() : writer_.durable();
    next_publish_ = now.time + options_.publish_interval;
    effects_.publish(published_, false);
  }
}

/// Output commit: what waited for the disk is let out now.
void Coordinator::release_reports() {
  const Sequence safe =
      FOUNDATION_MUTATION(reported_before_durable) ? writer_.appended() : writer_.durable();
  while (!unreported_.empty() && unreported_.front().first <= safe) {
    effects_.report(unreported_.front().second);
    unreported_.pop_front();
  }
  if (phase_ != Phase::ending) return;
  if (writer_.durable() < end_sequence_ && !FOUNDATION_MUTATION(done_before_durable)) return;
  phase_ = Phase::ended;
  effects_.replace_file(journal::watermark_file(options_.journal.epoch), writer_.watermark());
  if (end_report_->ending == Ending::done || end_report_->ending == Ending::no_result ||
      FOUNDATION_MUTATION(done_when_stopped))
    effects_.replace_file(done_file, done_note());
  for (const WorkerIndex worker : scheduler_.workers()) effects_.dismiss(worker);
  effects_.publish(writer_.durable(), true);
  effects_.end(*end_report_);
}

}  // namespace foundation::campaign
