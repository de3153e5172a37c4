#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/codec.hpp"
#include "core/hash.hpp"
#include "core/time.hpp"
#include "journal/journal.hpp"
#include "model/candidate.hpp"
#include "model/candidate_serialize.hpp"
#include "model/cell.hpp"
#include "model/text_request_serialize.hpp"
#include "optimize/intervals.hpp"
#include "optimize/objectives.hpp"
#include "optimize/strategy.hpp"

/// What a campaign writes to its journal. Everything published (HDF5, reports) is a function of
/// these records. Structured records are encoded field by field with core::Encoder; results, the
/// hot ones, are a fixed header followed by an array of CellResult.
namespace foundation::campaign {

/// Values are part of the format: never renumber.
enum class RecordKind : journal::RecordType {
  job = journal::first_user_type,  ///< JobRecord: once, the first record of a run
  examples = 17,                   ///< ExamplesRecord: the trainset, in parts, after the job
  session = 18,                    ///< SessionRecord: first record of each epoch
  proposal = 19,                   ///< ProposalRecord
  results = 20,                    ///< ResultsHeader, CellResult[count], output texts
  decision = 21,                   ///< DecisionRecord: a racing decision
  outcome = 22,                    ///< OutcomeRecord: a candidate is settled
  worker = 23,                     ///< WorkerRecord
  progress = 24,                   ///< ProgressRecord
  stopped = 25,                    ///< StoppedRecord: ended early, can be continued
  finished = 26,                   ///< FinishedRecord: the answer
  node_sample = 27,                ///< cluster::NodeSample: how a node was
  started = 28,                    ///< StartedRecord: the workers of a session have joined
  suspects = 29,                   ///< SuspectsRecord
  request = 30,                    ///< RequestRecord: before any result of its samples
  placement = 31,                  ///< cluster::Placement: what each node offers and is given
  registry = 32,                   ///< cluster::RegistryChanges: who offers what
  objectives = 33,                 ///< ObjectivesRecord: of the session; only if there are several
  traffic = 34,                    ///< cluster::Traffic: what rank 0's messages were like
  spending = 35,                   ///< SpendingRecord: only where amounts are limited
};

struct JobRecord {
  core::Digest identity;  ///< job::identity
  std::string name;
  std::uint64_t seed = 0;
  std::string job_toml;  ///< every key with its effective value
  std::string program;   ///< identity of the program
  core::Digest data;     ///< digest of the trainset
  std::string trainset_file;
  std::string metric;
  bool maximise = true;
  std::uint32_t trials = 1;
  std::vector<std::uint32_t> split_sizes;  ///< train, validation, test: examples
  core::WallLabel created_at = 0;
};

/// A run of examples of one split, in its fixed order.
struct ExamplesRecord {
  model::Split split = model::Split::train;
  std::uint32_t first_position = 0;
  std::vector<std::string> ids;
  std::vector<std::string> labels;  ///< as many as ids
};

struct SessionRecord {
  std::string version;  ///< of the program that wrote the epoch
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t ranks = 1;
  std::string batch_job;  ///< Slurm job id, or empty
  core::WallLabel started_at = 0;
};

struct ProposalRecord {
  model::Candidate candidate;
  std::vector<model::CellRange> used;  ///< train cells and samples it was derived from
  core::WallLabel at = 0;
};

/// A text that a strategy has asked for; its samples are cells on Split::request.
struct RequestRecord {
  model::NumberedRequest numbered;
  core::WallLabel at = 0;
};

/// A chunk of finished cells: [begin, begin + count) of one candidate (or request) on one split.
struct ResultsHeader {
  model::CandidateIndex candidate = model::no_candidate;
  std::uint32_t begin = 0;
  std::uint32_t count = 0;
  std::uint32_t worker = 0;
  model::Split split = model::Split::validation;
  std::uint8_t has_outputs = 0;
  std::uint16_t cell_bytes = sizeof(model::CellResult);  ///< 0: of cells that had no costs yet
  std::uint32_t reserved = 0;
  core::WallLabel received_at = 0;
};
static_assert(sizeof(ResultsHeader) == 32 && std::is_trivially_copyable_v<ResultsHeader>);

struct ResultsView {
  ResultsHeader header;
  std::vector<model::CellResult> cells;
  std::vector<std::string> outputs;  ///< empty, or one a cell
};

/// One candidate's standing when a rung of its heat was decided.
struct DecisionRecord {
  std::uint32_t heat = 0;
  std::uint32_t rung = 0;
  model::CandidateIndex candidate = model::no_candidate;
  std::uint32_t cells = 0;  ///< prefix of the validation split it was judged on
  double score = 0;
  std::uint32_t rank = 0;  ///< 0 is the best of the heat
  bool kept = false;
};

struct OutcomeRecord {
  optimize::CandidateOutcome outcome;
};

enum class WorkerChange : std::uint8_t { joined, left, lost };

struct WorkerRecord {
  std::uint32_t worker = 0;  ///< its rank
  WorkerChange change = WorkerChange::joined;
  std::string host;
  std::int64_t pid = 0;
  std::uint32_t slots = 0;
  std::string reason;
  core::WallLabel at = 0;
};

/// What a process held when it ended: evaluated in child processes from then on.
struct SuspectsRecord {
  std::string reason;
  std::vector<model::CellRange> cells;
  core::WallLabel at = 0;
};

struct ProgressRecord {
  core::WallLabel at = 0;
  std::uint64_t evaluations = 0;  ///< finished cells on train and validation, and samples
  std::uint64_t expected = 0;     ///< at the end, as far as known
  model::CandidateIndex best = model::no_candidate;
  double best_score = 0;
  double rate = 0;  ///< evaluations a second, moving
  std::uint32_t slots = 0;
  std::uint64_t failed = 0;  ///< cells that ended neither ok nor wrong
};

/// One of several objectives, and what the job says of it.
struct Goal {
  optimize::Objective objective = optimize::Objective::score;
  std::string unit;
  bool is_limited = false;
  double limit = 0;
  double weight = 1;
};

/// What candidates are compared by: the score first. A continued run may choose its winner by other
/// limits and weights.
struct ObjectivesRecord {
  std::vector<Goal> goals;
  optimize::WinnerRule rule = optimize::WinnerRule::score;
  core::WallLabel at = 0;
};
/// Without a label of time.
[[nodiscard]] ObjectivesRecord to_record(const optimize::ObjectiveOptions& options,
                                         std::string score_unit, std::string cost_unit);
/// Throws core::Error{corrupt_data} for objectives that do not exist.
[[nodiscard]] optimize::ObjectiveOptions options_of(const ObjectivesRecord& record);

/// What language models may have been asked for so far by the whole run, in tokens: more than was,
/// until a later record says so (endpoints::GrantBook).
struct SpendingRecord {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  core::WallLabel at = 0;
};

struct StoppedRecord {
  std::string reason;
  core::WallLabel at = 0;
};

struct FinishedRecord {
  model::CandidateIndex winner = model::no_candidate;
  model::CandidateIndex baseline = 0;
  double validation_winner = 0;    ///< aggregated metric on the whole validation split
  double validation_baseline = 0;  ///< NaN when racing stopped it
  optimize::Interval test_winner;
  optimize::Interval test_baseline;
  optimize::Interval test_difference;  ///< winner - baseline, paired
  core::Digest answer;                 ///< equal answers, equal digests
  std::string stop_reason;             ///< "all candidates evaluated", "budget used up", ...
  std::uint64_t evaluations = 0;
  std::uint64_t test_evaluations = 0;
  std::uint64_t duplicates = 0;  ///< results that came a second time
  core::WallLabel at = 0;
};

/// What a node was given when a session started, and what joined there.
struct NodeStart {
  std::string node;
  std::uint32_t planned_workers = 0;
  std::uint32_t planned_slots = 0;
  std::uint32_t workers = 0;
  std::uint32_t slots = 0;
  bool operator==(const NodeStart&) const = default;
};

struct StartedRecord {
  std::vector<NodeStart> nodes;
  bool complete = true;  ///< false: a time limit passed before all had joined
  core::WallLabel at = 0;
};

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& a, JobRecord& r, unsigned) {
  a & r.identity.high & r.identity.low & r.name & r.seed & r.job_toml & r.program;
  a & r.data.high & r.data.low & r.trainset_file & r.metric & r.maximise & r.trials;
  a & r.split_sizes & r.created_at;
}
template <class Archive>
void serialize(Archive& a, ExamplesRecord& r, unsigned) {
  a & r.split & r.first_position & r.ids & r.labels;
}
template <class Archive>
void serialize(Archive& a, SessionRecord& r, unsigned) {
  a & r.version & r.host & r.pid & r.ranks & r.batch_job & r.started_at;
}
template <class Archive>
void serialize(Archive& a, ProposalRecord& r, unsigned) {
  a & r.candidate & r.used & r.at;
}
template <class Archive>
void serialize(Archive& a, RequestRecord& r, unsigned) {
  a & r.numbered & r.at;
}
template <class Archive>
void serialize(Archive& a, DecisionRecord& r, unsigned) {
  a & r.heat & r.rung & r.candidate & r.cells & r.score & r.rank & r.kept;
}
template <class Archive>
void serialize(Archive& a, OutcomeRecord& r, unsigned) {
  a & r.outcome.index & r.outcome.score & r.outcome.cells & r.outcome.complete & r.outcome.valid;
}
template <class Archive>
void serialize(Archive& a, WorkerRecord& r, unsigned) {
  a & r.worker & r.change & r.host & r.pid & r.slots & r.reason & r.at;
}
template <class Archive>
void serialize(Archive& a, SuspectsRecord& r, unsigned) {
  a & r.reason & r.cells & r.at;
}
template <class Archive>
void serialize(Archive& a, ProgressRecord& r, unsigned) {
  a & r.at & r.evaluations & r.expected & r.best & r.best_score & r.rate & r.slots & r.failed;
}
template <class Archive>
void serialize(Archive& a, Goal& r, unsigned) {
  a & r.objective & r.unit & r.is_limited & r.limit & r.weight;
}
template <class Archive>
void serialize(Archive& a, ObjectivesRecord& r, unsigned) {
  a & r.goals & r.rule & r.at;
}
template <class Archive>
void serialize(Archive& a, SpendingRecord& r, unsigned) {
  a & r.prompt_tokens & r.completion_tokens & r.at;
}
template <class Archive>
void serialize(Archive& a, StoppedRecord& r, unsigned) {
  a & r.reason & r.at;
}
template <class Archive>
void serialize(Archive& a, FinishedRecord& r, unsigned) {
  a & r.winner & r.baseline & r.validation_winner & r.validation_baseline;
  for (optimize::Interval* it : {&r.test_winner, &r.test_baseline, &r.test_difference})
    a & it->estimate & it->low & it->high;
  a & r.answer.high & r.answer.low & r.stop_reason & r.evaluations & r.test_evaluations;
  a & r.duplicates & r.at;
}
template <class Archive>
void serialize(Archive& a, NodeStart& r, unsigned) {
  a & r.node & r.planned_workers & r.planned_slots & r.workers & r.slots;
}
template <class Archive>
void serialize(Archive& a, StartedRecord& r, unsigned) {
  a & r.nodes & r.complete & r.at;
}
// clang-format on

/// Payload of a structured record.
template <class Record>
[[nodiscard]] std::vector<std::byte> encode(const Record& record) {
  core::Encoder encoder;
  encoder << record;
  return encoder.take();
}

/// Inverse of `encode`; throws core::Error{corrupt_data} for anything else.
template <class Record>
[[nodiscard]] Record decode(std::span<const std::byte> payload) {
  core::Decoder decoder{payload};
  Record record;
  decoder >> record;
  decoder.finish();
  return record;
}

/// Payload of a results record, into `payload` (cleared first, capacity kept). `outputs` is
/// empty or has one text a cell.
void encode_results(const ResultsHeader& header, std::span<const model::CellResult> cells,
                    std::span<const std::string> outputs, std::vector<std::byte>& payload);
/// Throws core::Error{corrupt_data} unless the payload is exactly one results record.
[[nodiscard]] ResultsView decode_results(std::span<const std::byte> payload);

}  // namespace foundation::campaign
