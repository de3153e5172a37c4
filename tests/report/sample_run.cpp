#include "tests/report/sample_run.hpp"

#include <algorithm>
#include <chrono>
#include <limits>
#include <unistd.h>

#include "cluster/node_sample.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/registry.hpp"
#include "cluster/traffic.hpp"
#include "core/hash.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::testing {

using campaign::RecordKind;
using model::CellStatus;
using model::Split;

RunWriter::RunWriter(const std::filesystem::path& folder) : disk_{folder} {}

journal::Claim RunWriter::this_owner() {
  const auto self = storage::this_process();
  return {.epoch = 0,
          .host = "node1",
          .pid = self.pid,
          .pid_start = self.start_ticks,
          .boot_id = self.boot_id,
          .batch_job = "",
          .claimed_at = sample_start};
}

void RunWriter::begin_epoch(journal::Claim owner) {
  if (writer_) flush();
  const auto claim = journal::claim_epoch(disk_, std::move(owner));
  const auto recovery = journal::read_log(disk_, [](const journal::Record&) {});
  writer_.emplace(
      journal::WriterOptions{.run = {1, 2}, .epoch = claim.epoch, .predecessor = recovery.end});
}

void RunWriter::add_results(const campaign::ResultsHeader& header,
                            const std::vector<model::CellResult>& cells,
                            const std::vector<std::string>& outputs) {
  std::vector<std::byte> payload;
  campaign::encode_results(header, cells, outputs, payload);
  append(RecordKind::results, payload);
}

void RunWriter::append(RecordKind kind, const std::vector<std::byte>& payload) {
  writer_->append(static_cast<journal::RecordType>(kind), payload, core::Time{});
}

void RunWriter::flush() {
  while (auto request = writer_->next_write(core::Time{}, true)) {
    disk_.submit(std::move(*request));
    while (!disk_.wait(std::chrono::seconds{10})) {
    }
    for (journal::WriteDone& done : disk_.poll()) writer_->done(std::move(done));
    if (writer_->failed() || writer_->durable() == writer_->appended()) break;
  }
}

campaign::JobRecord sample_job(const SampleOptions& options) {
  return {.identity = {3, 4},
          .name = "sample" + options.decoration,
          .seed = 7,
          .job_toml = "[job]\nname = \"sample\"\n",
          .program = "text_classifier 1",
          .data = {5, 6},
          .trainset_file = "examples.jsonl",
          .metric = "accuracy",
          .maximise = true,
          .trials = options.trials,
          .split_sizes = {options.examples, options.examples, options.examples},
          .created_at = sample_start};
}

model::CellResult sample_cell(model::CandidateIndex candidate, Split split,
                              std::uint32_t position) {
  const std::uint64_t hash =
      core::hash_text(std::to_string(candidate) + '/' + std::to_string(static_cast<int>(split)) +
                      '/' + std::to_string(position));
  const bool timeout = hash % 16 == 0;
  const bool right = hash % 8 < 4 + std::min(candidate, 3U);
  return {.score = timeout ? std::numeric_limits<double>::quiet_NaN()
                   : right ? 1.0
                           : 0.0,
          .output = hash,
          .duration_us = static_cast<std::uint32_t>(1000 + hash % 1000),
          .status = timeout ? CellStatus::timeout
                    : right ? CellStatus::ok
                            : CellStatus::wrong,
          .attempts = 1};
}

namespace {

constexpr std::int64_t second = 1'000'000'000;

class SampleWriter {
 public:
  SampleWriter(const std::filesystem::path& folder, const SampleOptions& options)
      : options_{options}, writer_{folder}, cells_{options.examples * options.trials} {}

  void write() {
    begin_session("node1");
    writer_.add(RecordKind::placement, placement());
    register_services();
    campaign::StartedRecord started{.nodes = {}, .at = sample_start + second * ticks_};
    started.nodes.push_back({.node = "node1" + options_.decoration,
                             .planned_workers = 2,
                             .planned_slots = 8,
                             .workers = 2,
                             .slots = 4});
    writer_.add(RecordKind::started, started);
    for (const auto split : {Split::train, Split::validation, Split::test}) write_examples(split);
    for (std::uint32_t candidate = 0; candidate < options_.candidates; ++candidate) {
      propose(candidate);
      evaluate(candidate, Split::train, 0, cells_, 1);
      evaluate(candidate, Split::validation, 0, cells_ / 2, 2);
    }
    if (options_.texts) ask_for_texts();
    writer_.add(RecordKind::worker,
                campaign::WorkerRecord{.worker = 2,
                                       .change = campaign::WorkerChange::lost,
                                       .host = "",
                                       .reason = "connection lost" + options_.decoration,
                                       .at = now()});
    writer_.add(RecordKind::registry,
                cluster::RegistryChanges{
                    .present = {}, .ended = {"worker/2" + options_.decoration}, .at = now()});
    decide();
    if (!options_.resumed) return writer_.flush();
    begin_session("node2");
    for (std::uint32_t candidate = 0; candidate < options_.candidates; ++candidate) {
      if (is_kept(candidate)) evaluate(candidate, Split::validation, cells_ / 4, cells_, 1);
      settle(candidate);
    }
    writer_.add(RecordKind::progress, campaign::ProgressRecord{.at = now(),
                                                               .evaluations = 100,
                                                               .expected = 200,
                                                               .best = winner(),
                                                               .best_score = 0.75,
                                                               .rate = 12.5,
                                                               .slots = 4,
                                                               .failed = 3});
    if (options_.finished) finish();
    writer_.flush();
  }

 private:
  [[nodiscard]] core::WallLabel now() { return sample_start + second * ++ticks_; }
  [[nodiscard]] std::uint32_t winner() const { return options_.candidates - 1; }
  [[nodiscard]] bool is_kept(std::uint32_t candidate) const {
    return candidate >= options_.candidates / 2;
  }

  void begin_session(const char* host) {
    writer_.begin_epoch(options_.owner);
    if (ticks_ == 0) writer_.add(RecordKind::job, sample_job(options_));
    writer_.add(RecordKind::session, campaign::SessionRecord{.version = "0.1.0",
                                                             .host = host,
                                                             .pid = 99,
                                                             .ranks = 3,
                                                             .batch_job = "4711",
                                                             .started_at = now()});
    if (options_.costs) writer_.add(RecordKind::objectives, objectives());
    for (std::uint32_t worker = 1; worker <= 2; ++worker)
      writer_.add(RecordKind::worker, campaign::WorkerRecord{.worker = worker,
                                                             .host = host + options_.decoration,
                                                             .pid = 100 + worker,
                                                             .slots = 2,
                                                             .reason = "",
                                                             .at = now()});
    writer_.add(RecordKind::node_sample, sample_of(host + options_.decoration));
    writer_.add(RecordKind::traffic,
                cluster::Traffic{.at = sample_start + second * ticks_,
                                 .received = 20,
                                 .sent = 10,
                                 .round_trips = {{2, std::chrono::microseconds{80}}}});
  }

  [[nodiscard]] static campaign::ObjectivesRecord objectives() {
    optimize::ObjectiveOptions options;
    options.minimised = {optimize::Objective::cost};
    options.limits[optimize::Objective::cost] = 3.5;
    return campaign::to_record(options, "accuracy", "tokens");
  }

  /// Of the first session, on the first node.
  [[nodiscard]] cluster::Placement placement() const {
    return {.nodes = {{.node = "node1" + options_.decoration,
                       .ranks = 3,
                       .workers = 2,
                       .cores_online = 16,
                       .cores = 8,
                       .load = 1.5,
                       .load_of_others = 0.5,
                       .memory_bytes = std::uint64_t{16} << 30,
                       .memory_free_bytes = std::uint64_t{8} << 30,
                       .gpus = {"0", "1"},
                       .slots_asked = 10,
                       .slots = 8,
                       .note = "max_workers = 8 in all" + options_.decoration}},
            .at = sample_start + second * ticks_};
  }

  void register_services() {
    cluster::RegistryChanges changes{.present = {}, .ended = {}, .at = now()};
    for (std::uint32_t worker = 1; worker <= 2; ++worker)
      changes.present.push_back({.name = "worker/" + std::to_string(worker) + options_.decoration,
                                 .holder = worker,
                                 .node = "node1" + options_.decoration,
                                 .capabilities = {"dspy_evaluation" + options_.decoration},
                                 .metadata = {{"slots", "2"}},
                                 .registered_at = changes.at});
    writer_.add(RecordKind::registry, changes);
  }

  /// Of the first node all but the share of processor time, of the other one that alone.
  [[nodiscard]] cluster::NodeSample sample_of(std::string node) const {
    cluster::NodeSample sample;
    sample.rank = 1;
    sample.at = sample_start + second * ticks_;
    sample.cores = 8;
    if (node.starts_with("node1")) {
      sample.load = 9.5;
      sample.memory_bytes = std::uint64_t{16} << 30;
      sample.memory_available_bytes = std::uint64_t{4} << 30;
      sample.pressure.io = 0.0;
    } else {
      sample.cpu_percent = 87.5;
    }
    sample.node = std::move(node);
    return sample;
  }

  void write_examples(Split split) {
    campaign::ExamplesRecord part{.split = split, .first_position = 0, .ids = {}, .labels = {}};
    for (std::uint32_t i = 0; i < options_.examples; ++i) {
      part.ids.push_back(std::string{model::name_of(split)} + std::to_string(i));
      part.labels.push_back("label" + options_.decoration);
    }
    writer_.add(RecordKind::examples, part);
  }

  [[nodiscard]] model::Assignment settings_of(std::uint32_t candidate) const {
    model::Assignment settings;
    settings.set("rule", std::string{candidate % 2 == 0 ? "nearest" : "bayes"});
    settings.set("k" + options_.decoration, std::int64_t{candidate + 1});
    if (candidate % 2 == 1) settings.set("smoothing", 0.5 * candidate);
    settings.set("lower", candidate % 3 == 0);
    settings.set("shown", model::Demonstrations{{candidate, candidate + 1}});
    return settings;
  }

  void propose(std::uint32_t candidate) {
    const model::Candidate it{
        .index = candidate,
        .parent = candidate == 0 ? model::no_candidate : 0,
        .origin = (candidate == 0 ? "baseline" : "random") + options_.decoration,
        .assignment = settings_of(candidate)};
    writer_.add(RecordKind::proposal, campaign::ProposalRecord{it, {}, now()});
  }

  void evaluate(std::uint32_t candidate, Split split, std::uint32_t begin, std::uint32_t end,
                std::uint32_t worker) {
    std::vector<model::CellResult> cells;
    std::vector<std::string> outputs;
    for (std::uint32_t position = begin; position < end; ++position) {
      cells.push_back(sample_cell(candidate, split, position));
      if (options_.costs) cells.back().cost = candidate + 1;
      outputs.push_back("answer " + std::to_string(position) + options_.decoration);
    }
    const bool keep = options_.outputs && split == Split::train;
    writer_.add_results({.candidate = candidate,
                         .begin = begin,
                         .count = end - begin,
                         .worker = worker,
                         .split = split,
                         .has_outputs = static_cast<std::uint8_t>(keep ? 1 : 0),
                         .received_at = now()},
                        cells, keep ? outputs : std::vector<std::string>{});
  }

  void ask_for_texts() {
    model::TextRequest rewrite{.parameter = "rule", .assignment = settings_of(1)};
    rewrite.attempts = {{"nearest", 0.5}};
    rewrite.observations = {{.position = 3, .status = CellStatus::ok, .score = 1, .output = "a"}};
    writer_.add(RecordKind::request,
                campaign::RequestRecord{{0, {.kind = model::RequestKind::describe}}, now()});
    writer_.add(RecordKind::request, campaign::RequestRecord{{1, rewrite}, now()});
    bring_text(0, 0, "They are short." + options_.decoration);
    bring_text(1, 1, "one");
    bring_text(1, 1, "one again");
    bring_text(1, 0, "zero");
    bring_text(1, 2, "the model's answer was cut", CellStatus::invalid_output);
  }

  void bring_text(model::RequestIndex request, std::uint32_t sample, const std::string& text,
                  CellStatus status = CellStatus::ok) {
    const model::CellResult result{.duration_us = 500, .status = status, .attempts = 1};
    writer_.add_results({.candidate = request,
                         .begin = sample,
                         .count = 1,
                         .worker = 1,
                         .split = Split::request,
                         .has_outputs = 1,
                         .received_at = now()},
                        {result}, {text});
  }

  void decide() {
    for (std::uint32_t candidate = 0; candidate < options_.candidates; ++candidate)
      writer_.add(RecordKind::decision, campaign::DecisionRecord{.heat = 0,
                                                                 .rung = 0,
                                                                 .candidate = candidate,
                                                                 .cells = cells_ / 2,
                                                                 .score = 0.1 * candidate,
                                                                 .rank = winner() - candidate,
                                                                 .kept = is_kept(candidate)});
  }

  void settle(std::uint32_t candidate) {
    writer_.add(RecordKind::outcome,
                campaign::OutcomeRecord{{.index = candidate,
                                         .score = 0.5 + 0.1 * candidate,
                                         .cells = is_kept(candidate) ? cells_ : cells_ / 2,
                                         .complete = is_kept(candidate),
                                         .valid = true}});
  }

  void finish() {
    evaluate(0, Split::test, 0, cells_, 1);
    evaluate(winner(), Split::test, 0, cells_, 2);
    campaign::FinishedRecord record;
    record.winner = winner();
    record.validation_winner = 0.5 + 0.1 * winner();
    record.validation_baseline = std::numeric_limits<double>::quiet_NaN();
    record.test_winner = {0.74, 0.70, 0.78};
    record.test_baseline = {0.50, 0.45, 0.55};
    record.test_difference = {0.24, 0.18, 0.30};
    record.answer = {7, 8};
    record.stop_reason = "all candidates evaluated" + options_.decoration;
    record.at = now();
    writer_.add(RecordKind::finished, record);
  }

  SampleOptions options_;
  RunWriter writer_;
  std::uint32_t cells_;
  std::int64_t ticks_ = 0;
};

}  // namespace

void write_sample_run(const std::filesystem::path& folder, const SampleOptions& options) {
  SampleWriter{folder, options}.write();
}

}  // namespace foundation::testing
