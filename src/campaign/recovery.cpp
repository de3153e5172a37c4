#include "campaign/recovery.hpp"

#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "core/reach.hpp"

namespace foundation::campaign {
namespace {

[[noreturn]] void contradiction(const journal::Record& record, const char* what) {
  throw core::Error{
      core::ErrorKind::corrupt_data,
      fmt::format("journal record {} (epoch {}): {}", record.sequence, record.epoch, what),
      "the journal was written by another version or damaged; "
      "`foundation verify` names the place"};
}

void restore_request(Recovered& recovered, const journal::Record& record) {
  auto [index, request] = decode<RequestRecord>(record.payload).numbered;
  if (index > recovered.requests.size())
    contradiction(record, "a text request is missing before it");
  if (index == recovered.requests.size()) {
    FOUNDATION_REACHED(request_restored);
    recovered.requests.push_back(std::move(request));
  } else if (model::digest(request) != model::digest(recovered.requests[index])) {
    contradiction(record, "two text requests have the same number");
  }
}

/// May a proposal with this index be derived from these cells?
bool can_be_used(const model::CellRange& range, model::CandidateIndex index,
                 const Recovered& recovered, const optimize::CellStore& store) {
  if (range.begin >= range.end) return false;
  if (range.split == model::Split::request)
    return range.candidate < recovered.requests.size() && range.end <= model::most_samples;
  return range.split == model::Split::train && range.candidate < index &&
         range.end <= store.size_of(model::Split::train);
}

void restore_proposal(Recovered& recovered, const journal::Record& record,
                      const optimize::CellStore& store) {
  auto proposal = decode<ProposalRecord>(record.payload);
  const auto index = proposal.candidate.index;
  const bool possible = std::ranges::all_of(proposal.used, [&](const model::CellRange& range) {
    return can_be_used(range, index, recovered, store);
  });
  if (!possible)
    contradiction(record, "a proposal is derived from train cells or texts that do not exist");
  if (index < recovered.proposals.size()) return;  // written again by a session that lost it
  if (index > recovered.proposals.size()) contradiction(record, "a proposal is missing before it");
  FOUNDATION_REACHED(proposal_restored);
  recovered.proposals.push_back({std::move(proposal.candidate), std::move(proposal.used)});
}

void restore_results(Recovered& recovered, const journal::Record& record,
                     optimize::CellStore& store) {
  const ResultsView results = decode_results(record.payload);
  const ResultsHeader& header = results.header;
  const std::uint64_t end = std::uint64_t{header.begin} + header.count;
  const bool is_request = header.split == model::Split::request;
  if (!is_request && header.candidate >= recovered.proposals.size())
    contradiction(record, "results of a candidate that was not proposed");
  if (is_request && header.candidate >= recovered.requests.size())
    contradiction(record, "results of a text request that was not made");
  if (end > store.size_of(header.split)) contradiction(record, "results beyond the end of a split");
  const std::uint32_t fresh =
      store.finish({header.candidate, header.split, header.begin, static_cast<std::uint32_t>(end)},
                   results.cells, results.outputs);
  if (header.split != model::Split::test) recovered.cells += fresh;
  const auto final_ones = std::ranges::count_if(
      results.cells, [](const model::CellResult& cell) { return model::is_final(cell.status); });
  recovered.duplicates += static_cast<std::uint64_t>(final_ones) - fresh;
}

/// Their candidate's proposal may have been lost with the session that held them.
void restore_suspects(Recovered& recovered, const journal::Record& record,
                      const optimize::CellStore& store) {
  for (const model::CellRange& range : decode<SuspectsRecord>(record.payload).cells) {
    if (!model::is_known(range.split) || range.begin >= range.end ||
        range.end > store.size_of(range.split))
      contradiction(record, "suspects that do not exist");
    recovered.suspects.push_back(range);
  }
}

/// A session that lost the end of the list writes all of it again.
void restore_examples(Recovered& recovered, const journal::Record& record,
                      std::array<std::uint64_t, model::split_count>& known) {
  const auto part = decode<ExamplesRecord>(record.payload);
  const auto split = static_cast<std::size_t>(part.split);
  if (split >= known.size() || part.ids.size() != part.labels.size() ||
      part.first_position > known[split])
    contradiction(record, "a part of the trainset is impossible");
  const std::uint64_t end = part.first_position + part.ids.size();
  recovered.examples += std::max(end, known[split]) - known[split];
  known[split] = std::max(end, known[split]);
}

}  // namespace

std::optional<JobRecord> read_job(const journal::Disk& disk) {
  std::optional<JobRecord> job;
  journal::read_log(disk, [&job](const journal::Record& record) {
    if (!job && record.type == static_cast<journal::RecordType>(RecordKind::job))
      job = decode<JobRecord>(record.payload);
  });
  return job;
}

Recovered recover(const journal::Disk& disk, optimize::CellStore& store) {
  Recovered recovered;
  std::array<std::uint64_t, model::split_count> examples{};
  const auto visit = [&](const journal::Record& record) {
    switch (static_cast<RecordKind>(record.type)) {
      case RecordKind::job:
        if (!recovered.job) recovered.job = decode<JobRecord>(record.payload);
        break;
      case RecordKind::examples: restore_examples(recovered, record, examples); break;
      case RecordKind::session: ++recovered.sessions; break;
      case RecordKind::proposal: restore_proposal(recovered, record, store); break;
      case RecordKind::request: restore_request(recovered, record); break;
      case RecordKind::results: restore_results(recovered, record, store); break;
      case RecordKind::decision: {
        const auto decision = decode<DecisionRecord>(record.payload);
        recovered.decisions[{decision.heat, decision.rung, decision.candidate}] = encode(decision);
        break;
      }
      case RecordKind::outcome: {
        const auto settled = decode<OutcomeRecord>(record.payload);
        recovered.outcomes[settled.outcome.index] = encode(settled);
        break;
      }
      case RecordKind::finished:
        FOUNDATION_REACHED(finished_run_restored);
        recovered.finished = decode<FinishedRecord>(record.payload);
        break;
      case RecordKind::suspects: restore_suspects(recovered, record, store); break;
      case RecordKind::spending: recovered.spending = decode<SpendingRecord>(record.payload); break;
      case RecordKind::objectives:  // of that session
      case RecordKind::worker:
      case RecordKind::progress:
      case RecordKind::node_sample:
      case RecordKind::placement:
      case RecordKind::registry:
      case RecordKind::traffic:
      case RecordKind::started:
      case RecordKind::stopped: break;
      default: contradiction(record, "its type is unknown");
    }
  };
  recovered.log = journal::read_log(disk, visit);
  return recovered;
}

}  // namespace foundation::campaign
