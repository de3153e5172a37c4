#include "tests/simulation/invariants.hpp"

#include <algorithm>
#include <bit>

#include <fmt/format.h>

namespace foundation::simulation {

using campaign::RecordKind;
using model::CellRange;
using model::Split;

namespace {

RecordKind kind_of(journal::RecordType type) { return static_cast<RecordKind>(type); }

/// No journal of such a job has more: progress is noted now and then, and each cell a few times.
journal::Sequence most_records(const SyntheticJob& job) {
  return 3'000 + 4 * (std::uint64_t{job.candidates} * job.validation + job.train + 2 * job.test);
}

/// What is watched of one session is under this and its process, what of an epoch under the epoch.
constexpr std::uint32_t beyond_epochs = 1'000'000;

/// Distinct evaluations (test cells excepted) in a log up to a record.
template <class Log>
std::uint64_t evaluations_before(const Log& log, std::size_t end) {
  std::set<std::tuple<std::uint32_t, Split, std::uint32_t>> cells;
  for (std::size_t i = 0; i < end; ++i) {
    if (kind_of(log[i].type) != RecordKind::results) continue;
    const campaign::ResultsView view = campaign::decode_results(log[i].payload);
    if (view.header.split == Split::test) continue;
    for (std::uint32_t k = 0; k < view.header.count; ++k)
      if (model::is_final(view.cells[k].status))
        cells.insert({view.header.candidate, view.header.split, view.header.begin + k});
  }
  return cells.size();
}

}  // namespace

void Invariants::demand(bool condition, const Session& session, const std::string& what) const {
  if (!condition) throw Violation{fmt::format("epoch {}: {}", session.epoch(), what)};
}

void Invariants::check(const Session& session) {
  const campaign::Coordinator* coordinator = session.coordinator();
  if (coordinator == nullptr) return;
  Watched& watched = watched_[beyond_epochs + static_cast<std::uint32_t>(session.process())];
  const journal::Writer& writer = coordinator->writer();
  demand(writer.durable() >= watched.durable, session, "acknowledged records are taken back");
  demand(writer.durable() <= writer.appended(), session, "more is durable than was appended");
  demand(writer.appended() <= most_records(kernel_.options().job), session,
         "the journal grows without end");
  watched.durable = writer.durable();
  acknowledged_ = std::max(acknowledged_, writer.durable());
  check_proposals(session, watched);
  check_requests(session, watched);
  if (coordinator->ended()) return;
  check_lag(session, watched);

  const campaign::Scheduler& scheduler = coordinator->scheduler();
  const std::uint64_t open = session.store().requested() - session.store().finished();
  demand(open <= scheduler.pending_cells() + scheduler.leased_cells(), session,
         fmt::format("{} cells are open, but only {} pending and {} leased", open,
                     scheduler.pending_cells(), scheduler.leased_cells()));
  std::size_t leases = 0;
  for (const campaign::WorkerIndex worker : scheduler.workers()) {
    const std::size_t held = session.leases()[worker].size();
    const Options& options = kernel_.options();
    demand(held <= options.slots + options.scheduler.ready, session,
           fmt::format("worker {} holds {} leases, beyond its credit", worker, held));
    leases += held;
  }
  demand(leases == scheduler.leases_out(), session,
         fmt::format("{} leases are out, the scheduler counts {}", leases, scheduler.leases_out()));
  if (const auto budget = kernel_.options().trajectory.budget)
    demand(session.trajectory().committed() <= *budget, session, "the budget is exceeded");
}

/// Records must not wait for a disk that has nothing to do.
void Invariants::check_lag(const Session& session, Watched& watched) const {
  const journal::Writer& writer = session.coordinator()->writer();
  if (session.is_writing() || writer.durable() == writer.appended())
    watched.idle_disk_since = session.ticks();
  const Options& options = kernel_.options();
  const auto most = static_cast<std::uint64_t>(options.group_age * 3 / 2 / options.tick) + 4;
  demand(session.ticks() - watched.idle_disk_since <= most, session,
         "records wait although the disk is idle");
}

void Invariants::check_proposals(const Session& session, Watched& watched) const {
  const auto& proposals = session.trajectory().proposals();
  for (; watched.proposals < proposals.size(); ++watched.proposals) {
    if (watched.proposals >= reference_.candidates.size()) {
      demand(!reference_.has_answer, session, "more candidates than in the serial run");
      continue;
    }
    const auto digest = model::digest(proposals[watched.proposals].candidate.assignment);
    demand(digest == reference_.candidates[watched.proposals], session,
           fmt::format("candidate {} is not that of the serial run", watched.proposals));
  }
}

/// What a proposal waits for is the same in every run. Whether there is such a proposal may not be:
/// a run that is about to end has looked further ahead, or (with a budget) closes a heat early.
void Invariants::check_requests(const Session& session, Watched& watched) const {
  const auto& requests = session.trajectory().requests();
  for (; watched.requests < requests.all().size(); ++watched.requests) {
    const std::uint32_t asked_for = requests.all()[watched.requests].examples.front();
    if (asked_for >= reference_.candidates.size() || kernel_.options().trajectory.budget) continue;
    const auto digest = requests.digest_of(static_cast<model::RequestIndex>(watched.requests));
    demand(
        reference_.requests.contains(digest), session,
        fmt::format("proposal {} asks for a text that it does not in the serial run", asked_for));
  }
}

void Invariants::check_cell(const Session& session, const CellRange& cell) {
  const auto& recovered = session.recovered_cells();
  demand(!recovered.contains({cell.candidate, cell.split, cell.begin}), session,
         fmt::format("cell {}/{}/{} is durable and evaluated again", cell.candidate,
                     static_cast<int>(cell.split), cell.begin));
}

void Invariants::check_lease(const Session& session, campaign::WorkerIndex,
                             const campaign::Lease& lease) {
  // Epochs are used again when damage took their claims.
  auto& names = watched_[session.epoch()].lease_ids;
  demand(names.insert(static_cast<std::uint64_t>(lease.id)).second || damaged_, session,
         "the name of a lease is used twice");
  if (lease.range.split != Split::test) return;
  demand(session.trajectory().phase() == optimize::Trajectory::Phase::testing, session,
         "a test cell is evaluated before the search is over");
  demand(lease.range.candidate == 0 || lease.range.candidate == reference_.winner, session,
         "a test cell of another candidate than baseline and winner is evaluated");
}

// --- the log -------------------------------------------------------------------------------------

Invariants::Log Invariants::read(const journal::Disk& disk) const {
  Log log;
  journal::read_log(disk, [&log](const journal::Record& record) {
    const std::string_view bytes{reinterpret_cast<const char*>(record.payload.data()),
                                 record.payload.size()};
    log.push_back({record.type,
                   core::hash_text(bytes) ^ record.type,
                   {record.payload.begin(), record.payload.end()}});
  });
  return log;
}

testing::MemoryStorage Invariants::after_power_loss() {
  testing::MemoryStorage after = storage_;
  core::Stream stream = draw_stream(kernel_.options().seed, Draw::evidence, looks_++);
  after.crash(stream);
  return after;
}

/// Read once for all that a session says in one event.
const Invariants::Log& Invariants::surviving_log() {
  const std::pair moment{kernel_.events(), storage_.calls()};
  if (survivors_at_ == moment) return survivors_;
  testing::MemoryStorage after = after_power_loss();
  survivors_ = read(testing::MemoryDisk::observer(after));
  survivors_at_ = moment;
  return survivors_;
}

void Invariants::check_recovery(const Session& session, journal::Epoch newest) {
  const Log log = read(testing::MemoryDisk::observer(storage_, session.node()));
  Requests requests;
  for (const LogRecord& record : log) check_content(record, requests);
  // What a successor acknowledges meanwhile may come late to a process that it has fenced.
  const bool is_fenced = newest > session.epoch() && kernel_.options().network_disk;
  if (damaged_ || is_fenced) return;
  demand(log.size() >= acknowledged_, session,
         fmt::format("{} records were acknowledged, {} are left", acknowledged_, log.size()));
  const auto kept = std::min<std::size_t>(last_promised_, last_read_.size());
  for (std::size_t i = 0; i < kept; ++i)
    demand(log[i].digest == last_read_[i].digest, session,
           fmt::format("record {} is another one than before", i + 1));
  std::set<std::uint64_t> decided;
  for (const LogRecord& record : log) {
    const bool once =
        kind_of(record.type) == RecordKind::decision || kind_of(record.type) == RecordKind::outcome;
    demand(!once || decided.insert(record.digest).second, session,
           "the journal holds a decision or an outcome twice");
  }
  check_proposals_once(log, session);
  last_read_ = log;
  last_promised_ = acknowledged_;
}

void Invariants::check_proposals_once(const Log& log, const Session& session) const {
  model::CandidateIndex next = 0;
  for (const LogRecord& record : log) {
    if (kind_of(record.type) != RecordKind::proposal) continue;
    const auto index = campaign::decode<campaign::ProposalRecord>(record.payload).candidate.index;
    demand(index == next++, session,
           fmt::format("the journal holds candidate {} at place {}", index, next));
  }
}

void Invariants::check_content(const LogRecord& record, Requests& requests) const {
  const auto refuse = [](const std::string& what) { throw Violation{"journal: " + what}; };
  switch (kind_of(record.type)) {
    case RecordKind::request: {
      const auto it = campaign::decode<campaign::RequestRecord>(record.payload).numbered;
      if (it.index != requests.size()) refuse("text requests are not numbered in their order");
      const core::Digest digest = model::digest(it.request);
      if (std::ranges::find(requests, digest) != requests.end())
        refuse("a text is asked for twice");
      return requests.push_back(digest);
    }
    case RecordKind::results:
      return check_results(campaign::decode_results(record.payload), requests);
    case RecordKind::decision: {
      const auto it = campaign::decode<campaign::DecisionRecord>(record.payload);
      const auto known = reference_.decisions.find({it.heat, it.rung, it.candidate});
      if (known == reference_.decisions.end()) {
        if (reference_.has_answer) refuse("a decision that the serial run does not take");
      } else if (known->second !=
                 std::tuple{it.cells, std::bit_cast<std::uint64_t>(it.score), it.rank, it.kept}) {
        refuse(fmt::format("heat {} rung {} candidate {} is decided otherwise", it.heat, it.rung,
                           it.candidate));
      }
      return;
    }
    case RecordKind::outcome: {
      const auto it = campaign::decode<campaign::OutcomeRecord>(record.payload).outcome;
      const auto known = reference_.outcomes.find(it.index);
      if (known == reference_.outcomes.end()) {
        if (reference_.has_answer) refuse("an outcome that the serial run does not have");
      } else if (known->second != std::tuple{std::bit_cast<std::uint64_t>(it.score), it.cells,
                                             it.complete, it.valid}) {
        refuse(fmt::format("the outcome of candidate {} is another one", it.index));
      }
      return;
    }
    default: return;
  }
}

void Invariants::check_results(const campaign::ResultsView& results,
                               const Requests& requests) const {
  const campaign::ResultsHeader& header = results.header;
  const bool is_request = header.split == Split::request;
  const std::vector<core::Digest>& subjects = is_request ? requests : reference_.candidates;
  if (is_request && header.candidate >= requests.size())
    throw Violation{"journal: a text is there before it was asked for"};
  if (header.candidate >= subjects.size()) return;
  for (std::uint32_t i = 0; i < header.count; ++i) {
    const model::CellResult& cell = results.cells[i];
    if (!model::is_final(cell.status)) continue;
    const model::CellResult truth =
        evaluate(kernel_.options().job, subjects[header.candidate], header.split, header.begin + i);
    if (cell.status != truth.status || cell.output != truth.output ||
        std::bit_cast<std::uint64_t>(cell.score) != std::bit_cast<std::uint64_t>(truth.score))
      throw Violation{fmt::format("journal: cell {}/{}/{} has another result than its program",
                                  header.candidate, static_cast<int>(header.split),
                                  header.begin + i)};
  }
}

// --- what is said to the outside -----------------------------------------------------------------

void Invariants::check_published(const Session& session, journal::Sequence durable) {
  if (damaged_) return;
  demand(surviving_log().size() >= durable, session,
         fmt::format("published up to record {}, which a power loss could take", durable));
}

void Invariants::check_report(const Session& session, const campaign::ProgressRecord& progress) {
  if (damaged_) return;
  const Log& log = surviving_log();
  const std::vector<std::byte> payload = campaign::encode(progress);
  const auto found = std::ranges::find_if(log, [&payload](const LogRecord& record) {
    return kind_of(record.type) == RecordKind::progress && record.payload == payload;
  });
  demand(found != log.end(), session, "progress is reported that a power loss could take");
  const auto counted = evaluations_before(log, static_cast<std::size_t>(found - log.begin()));
  demand(progress.evaluations == counted, session,
         fmt::format("{} evaluations are reported, {} were made", progress.evaluations, counted));
}

bool Invariants::holds_end(const Log& log) const {
  return std::ranges::any_of(log, [this](const LogRecord& record) {
    if (!reference_.has_answer) return kind_of(record.type) == RecordKind::stopped;
    return kind_of(record.type) == RecordKind::finished &&
           campaign::decode<campaign::FinishedRecord>(record.payload).answer == reference_.answer;
  });
}

void Invariants::check_done_file(const Session& session, std::string_view content) {
  done_notes_.emplace(content);
  if (damaged_) return;
  const Log& log = surviving_log();
  const bool other = std::ranges::any_of(log, [this](const LogRecord& record) {
    return kind_of(record.type) == RecordKind::finished &&
           campaign::decode<campaign::FinishedRecord>(record.payload).answer != reference_.answer;
  });
  demand(!other, session, "the answer is not that of the serial run");
  demand(holds_end(log), session, "DONE before the end is durable");
}

void Invariants::check_done_stored() {
  done_stored_ = true;
  check_over();
}

void Invariants::check_over() {
  if (damaged_ || !done_stored_) return;
  testing::MemoryStorage after = after_power_loss();
  const auto left = testing::MemoryDisk::observer(after).read("DONE");
  if (!left) throw Violation{"DONE was stored, but a power loss could take it"};
  const std::string text{reinterpret_cast<const char*>(left->data()), left->size()};
  if (!done_notes_.contains(text))
    throw Violation{fmt::format("DONE could be '{}' after a power loss", text)};
}

void Invariants::check_note(const campaign::EndNote& note) const {
  using campaign::Ending;
  if (note.file != campaign::done_file) return;
  const int right = campaign::exit_status(reference_.has_answer ? Ending::done : Ending::no_result);
  if (note.exit_status != right)
    throw Violation{fmt::format("the run ends with status {}, not {}", note.exit_status, right)};
}

std::uint64_t Invariants::count_evaluations(testing::MemoryStorage::NodeId node) const {
  const Log log = read(testing::MemoryDisk::observer(storage_, node));
  return evaluations_before(log, log.size());
}

void Invariants::check_end(const Session& session, const campaign::EndReport& report,
                           journal::Epoch newest) {
  using campaign::Ending;
  switch (report.ending) {
    case Ending::done:
      demand(reference_.has_answer, session, "an answer to a job that has none");
      demand(report.result && report.result->answer == reference_.answer, session,
             "the answer is not that of the serial run");
      demand(report.result->winner == reference_.winner, session, "another winner");
      demand(damaged_ || holds_end(surviving_log()), session,
             "an answer that a power loss could take");
      return;
    case Ending::no_result:
      demand(!reference_.has_answer, session,
             "no result, but the serial run has one: " + report.message);
      demand(damaged_ || holds_end(surviving_log()), session,
             "an end that a power loss could take");
      return;
    case Ending::fenced:
      demand(damaged_ || newest > session.epoch(), session, "fenced without a successor");
      return;
    case Ending::stopped:
    case Ending::storage_failed:
    case Ending::workers_lost: return;
  }
}

}  // namespace foundation::simulation
