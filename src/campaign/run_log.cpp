#include "campaign/run_log.hpp"

#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "foundation/trace.hpp"

namespace foundation::campaign {

using journal::Sequence;

namespace {

// On the timeline of a traced run, with the number of the candidate.
constinit trace::Mark proposed{"proposed"};
constinit trace::Mark kept{"kept"};
constinit trace::Mark dropped{"dropped"};

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
  if (log.end.epoch >= options.epoch && !FOUNDATION_MUTATION(late_start_not_fenced)) {
    FOUNDATION_REACHED(late_start_refused);
    throw core::Error{core::ErrorKind::conflict,
                      fmt::format("epoch {} has taken over the run while this process, epoch {}, "
                                  "was starting",
                                  log.end.epoch, options.epoch),
                      "let it work, or stop it and repeat the command"};
  }
  options.predecessor = FOUNDATION_MUTATION(last_group_trusted) ? log.end : log.confirmed;
  return options;
}

}  // namespace

RunLog::RunLog(const journal::WriterOptions& options, const Recovered& recovered)
    : writer_{continued(options, recovered.log)},
      known_decisions_{recovered.decisions},
      known_outcomes_{recovered.outcomes} {}

void RunLog::begin(const Recovered& recovered, const JobRecord& job, const SessionRecord& session,
                   const std::vector<ExamplesRecord>& examples, Now now) {
  FOUNDATION_REACHED_IF(!recovered.log.unconfirmed.empty(), unconfirmed_group_stored_again);
  for (const journal::StoredRecord& record : recovered.log.unconfirmed)
    if (!FOUNDATION_MUTATION(unconfirmed_dropped) && !FOUNDATION_MUTATION(last_group_trusted))
      writer_.append(record.type, record.payload, now.time);
  if (!recovered.job) append(RecordKind::job, job, now);
  append(RecordKind::session, session, now);
  std::uint64_t count = 0;
  for (const ExamplesRecord& part : examples) count += part.ids.size();
  if (recovered.examples >= count) return;
  for (const ExamplesRecord& part : examples) append(RecordKind::examples, part, now);
}

Sequence RunLog::append_encoded(RecordKind kind, std::span<const std::byte> payload, Now now) {
  return writer_.append(static_cast<journal::RecordType>(kind), payload, now.time);
}

void RunLog::append_results(WorkerIndex worker, const model::CellRange& range,
                            std::span<const model::CellResult> cells,
                            std::span<const std::string> outputs, Now now) {
  const ResultsHeader header{.candidate = range.candidate,
                             .begin = range.begin,
                             .count = range.size(),
                             .worker = worker,
                             .split = range.split,
                             .has_outputs = static_cast<std::uint8_t>(outputs.empty() ? 0 : 1),
                             .received_at = now.wall};
  encode_results(header, cells, outputs, payload_);
  append_encoded(RecordKind::results, payload_, now);
}

void RunLog::append_changes(const optimize::Changes& changes, Now now) {
  if (!FOUNDATION_MUTATION(request_not_journalled))
    for (const model::NumberedRequest& request : changes.requests)
      append(RecordKind::request, RequestRecord{request, now.wall}, now);
  for (const optimize::Proposal& proposal : changes.proposals) {
    proposed.set(proposal.candidate.index);
    append(RecordKind::proposal, ProposalRecord{proposal.candidate, proposal.used, now.wall}, now);
  }
  for (const optimize::Decision& decision : changes.decisions) {
    (decision.kept ? kept : dropped).set(decision.candidate);
    std::vector<std::byte> payload = encode(to_record(decision));
    auto& known = known_decisions_[{decision.heat, decision.rung, decision.candidate}];
    if (known != payload) append_encoded(RecordKind::decision, known = std::move(payload), now);
  }
  for (const optimize::CandidateOutcome& outcome : changes.outcomes) {
    std::vector<std::byte> payload = encode(OutcomeRecord{outcome});
    auto& known = known_outcomes_[outcome.index];
    if (known != payload || FOUNDATION_MUTATION(resume_writes_outcomes_again))
      append_encoded(RecordKind::outcome, known = std::move(payload), now);
  }
}

}  // namespace foundation::campaign
