#include <string>

#include "campaign/records.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/registry.hpp"
#include "cluster/traffic.hpp"
#include "journal/journal.hpp"
#include "pieces.hpp"
#include "runtime/setup.hpp"
#include "runtime/wire.hpp"
#include "targets.hpp"
#include "tests/journal/process.hpp"

namespace foundation::fuzz {
namespace {

using campaign::RecordKind;
using foundation::testing::MemoryStorage;
using foundation::testing::Process;

void add_journals(std::vector<Seed>& seeds) {
  MemoryStorage storage;
  for (int epoch = 0; epoch < 3; ++epoch) {
    Process process{storage, [](auto& options) { options.segment_bytes = 100; }};
    process.append_and_commit({"a", "some text"});
    process.append_and_commit({std::string(100, 'x')});
    process.store_watermark();
  }
  for (const std::uint8_t repaired : {std::uint8_t{0x00}, std::uint8_t{0x80}}) {
    std::vector<std::byte> input;
    std::uint8_t purpose = repaired;
    for (const char* file : {"journal/E000001-S000001.log", "journal/E000001-S000002.log",
                             "journal/E000002-S000001.log", "journal/E000003-S000001.log",
                             "journal/watermark.000001", "journal/watermark.000002"})
      put_piece(input, purpose++, storage.content(file));
    seeds.push_back({"journal", repaired == 0 ? "whole.bin" : "repaired.bin", input});
  }
}

model::Candidate candidate() {
  model::Candidate made{
      .index = 0, .parent = model::no_candidate, .origin = "baseline", .assignment = {}};
  made.assignment.set("rule", std::string{"naive_bayes"});
  made.assignment.set("smoothing", 0.5);
  made.assignment.set("depth", std::int64_t{3});
  made.assignment.set("fold", true);
  made.assignment.set("shown", model::Demonstrations{{0, 2}});
  return made;
}

class RecordInput {
 public:
  template <class Record>
  void add(RecordKind kind, const Record& record) {
    put(kind, campaign::encode(record));
  }
  void put(RecordKind kind, const std::vector<std::byte>& payload) {
    const int number = static_cast<int>(kind) - journal::first_user_type;
    put_piece(bytes, static_cast<std::uint8_t>(number), payload);
  }
  std::vector<std::byte> bytes;
};

model::TextRequest text_request() {
  return {.parameter = "x",
          .assignment = candidate().assignment,
          .attempts = {{"short", 0.5}},
          .observations = {{.position = 1, .status = model::CellStatus::wrong, .output = "a"}},
          .examples = {0, 3},
          .notes = "notes",
          .tip = "brief"};
}

void add_results(RecordInput& input, model::Split split, bool outputs) {
  campaign::ResultsHeader header;
  header.candidate = 0;
  header.count = 4;
  header.split = split;
  header.has_outputs = outputs ? 1 : 0;
  std::vector<model::CellResult> cells(4);
  for (auto& cell : cells) cell.score = 1, cell.status = model::CellStatus::ok;
  std::vector<std::byte> payload;
  const std::vector<std::string> texts(outputs ? 4 : 0, "answer");
  campaign::encode_results(header, cells, texts, payload);
  input.put(RecordKind::results, payload);
}

void add_records(std::vector<Seed>& seeds) {
  RecordInput input;
  campaign::JobRecord job;
  job.name = "job";
  job.split_sizes = {4, 4, 4};
  input.add(RecordKind::job, job);
  for (int split = 0; split < model::split_count; ++split)
    input.add(RecordKind::examples,
              campaign::ExamplesRecord{
                  static_cast<model::Split>(split), 0, {"1", "2", "3", "4"}, {"a", "b", "a", "b"}});
  input.add(RecordKind::session,
            campaign::SessionRecord{.version = "0", .host = "h", .batch_job = {}});
  input.add(RecordKind::placement,
            cluster::Placement{.nodes = {{.node = "h", .gpus = {"0"}, .note = "shared"}}, .at = 1});
  optimize::ObjectiveOptions objectives;
  objectives.minimised = {optimize::Objective::latency, optimize::Objective::cost};
  objectives.limits[optimize::Objective::cost] = 2;
  input.add(RecordKind::objectives, campaign::to_record(objectives, "accuracy", "tokens"));
  input.add(RecordKind::worker, campaign::WorkerRecord{.host = "h", .reason = {}});
  const cluster::Service service{
      .name = "journal", .node = "h", .capabilities = {"journal"}, .metadata = {{"epoch", "1"}}};
  input.add(RecordKind::registry,
            cluster::RegistryChanges{.present = {service}, .ended = {"worker"}, .at = 2});
  input.add(RecordKind::traffic,
            cluster::Traffic{.at = 3,
                             .received = 5,
                             .sent = 7,
                             .round_trips = {{.rank = 1, .span = std::chrono::microseconds{80}}}});
  input.add(RecordKind::request, campaign::RequestRecord{{0, text_request()}, 1});
  input.add(
      RecordKind::proposal,
      campaign::ProposalRecord{
          candidate(), {{0, model::Split::train, 0, 1}, {0, model::Split::request, 0, 4}}, 1});
  seeds.push_back({"records", "begun.bin", input.bytes});
  add_results(input, model::Split::request, true);
  add_results(input, model::Split::train, true);
  add_results(input, model::Split::validation, false);
  input.add(RecordKind::decision,
            campaign::DecisionRecord{.candidate = 0, .cells = 4, .kept = true});
  input.add(RecordKind::outcome, campaign::OutcomeRecord{});
  input.add(RecordKind::progress, campaign::ProgressRecord{.evaluations = 4});
  input.add(RecordKind::spending, campaign::SpendingRecord{.prompt_tokens = 40, .at = 3});
  input.add(RecordKind::stopped, campaign::StoppedRecord{"signal", 3});
  campaign::FinishedRecord finished;
  finished.winner = 0;
  finished.stop_reason = "all candidates evaluated";
  add_results(input, model::Split::test, false);
  input.add(RecordKind::finished, finished);
  seeds.push_back({"records", "finished.bin", input.bytes});
}

template <class Message>
void add_message(std::vector<Seed>& seeds, const char* name, const Message& message) {
  runtime::Bytes bytes;
  runtime::pack(message, bytes);
  seeds.push_back({"message", name, bytes});
}

void add_messages(std::vector<Seed>& seeds) {
  campaign::WorkerRecord worker;
  worker.host = "node1";
  worker.slots = 4;
  add_message(seeds, "hello.bin", runtime::make_hello(worker));
  add_message(seeds, "candidate.bin", candidate());
  add_message(seeds, "lease.bin",
              campaign::Lease{campaign::LeaseId{7}, {0, model::Split::validation, 0, 4}, true});
  add_message(seeds, "request.bin", model::NumberedRequest{3, text_request()});
  add_message(seeds, "sampling.bin", runtime::SamplingOrder{4, std::chrono::seconds{5}});
  cluster::NodeSample sample;
  sample.node = "node1";
  sample.cores = 4;
  sample.load = 0.5;
  add_message(seeds, "sample.bin", sample);
  const endpoints::Usage usage{40, 20};
  add_message(
      seeds, "report.bin",
      endpoints::BudgetReport{.number = 1, .needed = 3, .wanted = 5, .each = {{9, 5}, usage}});
  add_message(seeds, "award.bin", endpoints::Award{.answers = 1, .grants = 3, .most = usage});
  add_message(seeds, "demand.bin", endpoints::Demand{{9, 5}, usage});
  add_message(seeds, "grant.bin", runtime::GrantMessage{.most = usage, .is_granted = true});
  add_message(seeds, "settlement.bin", runtime::Settlement{.was_sent = true, .used = {8, 3}});
  runtime::ResultsMessage results;
  results.lease = campaign::LeaseId{7};
  results.range = {0, model::Split::validation, 0, 2};
  results.cells.resize(2);
  add_message(seeds, "results.bin", results);
  results.outputs = {"a", "b"};
  add_message(seeds, "results_with_outputs.bin", results);
  runtime::Bytes bytes;
  runtime::pack(runtime::MessageKind::recall, campaign::LeaseId{7}, bytes);
  seeds.push_back({"message", "recall.bin", bytes});
}

void add_setups(std::vector<Seed>& seeds) {
  runtime::WorkerSetup setup;
  setup.program.kind = "text_classifier";
  setup.metric.kind = "accuracy";
  setup.data.data.input_names = {"text"};
  setup.data.data.label_name = "class";
  setup.data.data.examples = {{"1", {"good"}, "a", "", 1}, {"2", {"bad"}, "b", "g", 0.5}};
  setup.data.order[0] = {0};
  setup.data.order[1] = {1};
  seeds.push_back({"setup", "two_examples.bin", pack_setup(setup)});
  setup.go = false;
  seeds.push_back({"setup", "leave.bin", pack_setup(setup)});
}

/// An honest rank and an honest server as the target has them; replies cut short, changed, foreign.
void add_handshakes(std::vector<Seed>& seeds) {
  constexpr std::byte portion{15};
  constexpr std::byte rank{5};
  const auto add = [&seeds](const char* name, std::byte mode, std::byte who, std::size_t size,
                            std::byte first) {
    std::vector<std::byte> input{mode, portion, who};
    input.resize(input.size() + size);
    input[3] = first;
    seeds.push_back({"handshake", name, input});
  };
  add("rank.bin", std::byte{2}, rank, 64, std::byte{0});
  add("rank_0.bin", std::byte{2}, std::byte{0}, 64, std::byte{0});
  add("rank_half.bin", std::byte{2}, rank, 40, std::byte{0});
  add("rank_changed.bin", std::byte{2}, rank, 64, std::byte{1});
  add("scanner.bin", std::byte{0}, rank, 200, std::byte{'G'});
  add("server.bin", std::byte{3}, rank, 32, std::byte{0});
  add("server_changed.bin", std::byte{3}, rank, 32, std::byte{1});
  add("server_foreign.bin", std::byte{1}, rank, 64, std::byte{'S'});
}

}  // namespace

std::vector<Seed> binary_seeds() {
  std::vector<Seed> seeds;
  add_journals(seeds);
  add_records(seeds);
  add_messages(seeds);
  add_setups(seeds);
  add_handshakes(seeds);
  return seeds;
}

}  // namespace foundation::fuzz
