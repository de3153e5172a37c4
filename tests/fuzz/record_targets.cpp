#include <cstring>
#include <optional>

#include "campaign/records.hpp"
#include "campaign/recovery.hpp"
#include "cluster/node_sample.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/registry.hpp"
#include "cluster/traffic.hpp"
#include "core/error.hpp"
#include "optimize/cell_store.hpp"
#include "pieces.hpp"
#include "report/publish.hpp"
#include "report/run_status.hpp"
#include "report/run_view.hpp"
#include "report/summary.hpp"
#include "storage/memory_tables.hpp"
#include "targets.hpp"
#include "tests/journal/memory_disk.hpp"

namespace foundation::fuzz {
namespace {

using campaign::RecordKind;
using foundation::testing::MemoryDisk;
using foundation::testing::MemoryStorage;

/// Calls `read`; false if it refuses the input as damaged.
template <class Read>
bool accepts(const Read& read) {
  try {
    read();
    return true;
  } catch (const core::Error& error) {
    require(error.kind() == core::ErrorKind::corrupt_data, "refused with another kind of error");
    return false;
  }
}

/// There is one way to write a record: what can be read is what would have been written.
template <class Record>
void check_round_trip(Input payload) {
  accepts([payload] {
    const auto bytes = campaign::encode(campaign::decode<Record>(payload));
    require(std::ranges::equal(bytes, payload), "a record reads like another one");
  });
}

/// Those with cells of the layout before cells had costs are read, but written anew.
void check_results(Input payload) {
  accepts([payload] {
    const campaign::ResultsView view = campaign::decode_results(payload);
    std::vector<std::byte> bytes;
    campaign::encode_results(view.header, view.cells, view.outputs, bytes);
    campaign::ResultsHeader header;
    std::memcpy(&header, payload.data(), sizeof header);
    require(header.cell_bytes == 0 || std::ranges::equal(bytes, payload),
            "a results record reads like another one");
    static_cast<void>(campaign::decode_results(bytes));
  });
}

void check_objectives(Input payload) {
  check_round_trip<campaign::ObjectivesRecord>(payload);
  accepts([payload] {
    static_cast<void>(campaign::options_of(campaign::decode<campaign::ObjectivesRecord>(payload)));
  });
}

void check_record(RecordKind kind, Input payload) {
  switch (kind) {
    case RecordKind::job: return check_round_trip<campaign::JobRecord>(payload);
    case RecordKind::examples: return check_round_trip<campaign::ExamplesRecord>(payload);
    case RecordKind::session: return check_round_trip<campaign::SessionRecord>(payload);
    case RecordKind::proposal: return check_round_trip<campaign::ProposalRecord>(payload);
    case RecordKind::results: return check_results(payload);
    case RecordKind::decision: return check_round_trip<campaign::DecisionRecord>(payload);
    case RecordKind::outcome: return check_round_trip<campaign::OutcomeRecord>(payload);
    case RecordKind::worker: return check_round_trip<campaign::WorkerRecord>(payload);
    case RecordKind::progress: return check_round_trip<campaign::ProgressRecord>(payload);
    case RecordKind::stopped: return check_round_trip<campaign::StoppedRecord>(payload);
    case RecordKind::finished: return check_round_trip<campaign::FinishedRecord>(payload);
    case RecordKind::node_sample: return check_round_trip<cluster::NodeSample>(payload);
    case RecordKind::started: return check_round_trip<campaign::StartedRecord>(payload);
    case RecordKind::suspects: return check_round_trip<campaign::SuspectsRecord>(payload);
    case RecordKind::request: return check_round_trip<campaign::RequestRecord>(payload);
    case RecordKind::placement: return check_round_trip<cluster::Placement>(payload);
    case RecordKind::registry: return check_round_trip<cluster::RegistryChanges>(payload);
    case RecordKind::objectives: return check_objectives(payload);
    case RecordKind::traffic: return check_round_trip<cluster::Traffic>(payload);
    case RecordKind::spending: return check_round_trip<campaign::SpendingRecord>(payload);
  }
}

/// A journal with these records, as a coordinator would have written it.
MemoryStorage journal_of(Input input) {
  MemoryStorage storage;
  MemoryDisk disk{storage};
  journal::WriterOptions options;
  options.epoch = journal::claim_epoch(disk, {}).epoch;
  journal::Writer writer{options};
  while (const auto piece = take_piece(input)) {
    constexpr int kinds = 21;  // one more than there are
    const auto type =
        static_cast<journal::RecordType>(journal::first_user_type + piece->purpose % kinds);
    check_record(static_cast<RecordKind>(type), piece->bytes);
    (void)writer.append(type, piece->bytes, {});
  }
  disk.submit(*writer.next_write({}, true));
  writer.done(disk.complete_next());
  return storage;
}

void publish(const report::RunView& view) {
  for (const auto completeness : {report::Completeness::partial, report::Completeness::complete}) {
    storage::MemoryTables tables;
    report::publish_tables(view, completeness, tables);
    const report::Summary summary = report::summarise(tables);
    const report::ReportPlace place{.run = "run", .file = "run/run.h5", .folder = "run"};
    require(!report::to_text(summary, place, 3).empty(), "a run without a description");
    require(!report::to_json(summary, place, 3).empty(), "a run without JSON");
    require(!report::to_plain(summary, 3).empty(), "a run without lines");
  }
}

}  // namespace

void read_records(Input input) {
  MemoryStorage storage = journal_of(input);
  const MemoryDisk disk{storage};
  accepts([&] { publish(report::read_run_view(disk)); });
  accepts([&] { (void)report::judge_run(disk, 0); });
  optimize::CellStore store{{4, 4, 4}, true};
  accepts([&] { (void)campaign::recover(disk, store); });
}

}  // namespace foundation::fuzz
