#include "report/run_view.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::report {

using campaign::RecordKind;
using model::Split;

std::string_view name_of(RunState state) noexcept {
  switch (state) {
    case RunState::running: return "running";
    case RunState::stopped: return "stopped";
    case RunState::finished: return "finished";
  }
  return "unknown";
}

void TextHeap::add(std::string_view text) {
  bytes_ += text;
  ends_.push_back(bytes_.size());
}

std::uint64_t RunView::evaluations() const noexcept {
  std::uint64_t count = cells.finished();
  for (const AskedText& asked : requests) count += asked.samples.size();
  return count;
}

namespace {

constexpr std::uint32_t most_trials = 10'000;  // as in job/keys.cpp
constexpr std::uint32_t most_failures = 20;    // of each kind that are shown with their texts

/// Takes in one record after the other.
class ViewReader {
 public:
  explicit ViewReader(const ReadOptions& options) : options_{options} {}

  void visit(const journal::Record& record) {
    if (record.sequence > options_.up_to || record.type < journal::first_user_type) return;
    record_ = &record;
    take(static_cast<RecordKind>(record.type));
    view_.epoch = record.epoch;
    view_.sequence = record.sequence;
  }

  RunView finish(journal::Recovery recovery) {
    view_.recovery = std::move(recovery);
    for (auto& of_candidate : view_.chunks)
      for (auto& chunks : of_candidate) std::ranges::sort(chunks, {}, &Chunk::begin);
    return std::move(view_);
  }

 private:
  void take(RecordKind kind) {
    if (kind != RecordKind::job && !view_.job) refuse("it comes before the job's record");
    switch (kind) {
      case RecordKind::job: return take_job();
      case RecordKind::examples: return take_examples();
      case RecordKind::session: return take_session();
      case RecordKind::proposal: return take_proposal();
      case RecordKind::results: return take_results();
      case RecordKind::decision: return take_decision();
      case RecordKind::outcome: return take_outcome();
      case RecordKind::worker: return take_worker();
      case RecordKind::progress: return take_progress();
      case RecordKind::stopped: return take_stopped();
      case RecordKind::finished: return take_finished();
      case RecordKind::node_sample: return take_sample();
      case RecordKind::started: return take_start();
      case RecordKind::suspects: return take_suspects();
      case RecordKind::request: return take_request();
      case RecordKind::placement: return take_placement();
      case RecordKind::registry: return take_registry();
      case RecordKind::objectives: return take_objectives();
      case RecordKind::traffic: return take_traffic();
      case RecordKind::spending: return take_spending();
    }
    refuse("its type is unknown");
  }

  void take_job() {
    if (view_.job) return;
    auto job = decode<campaign::JobRecord>();
    if (job.split_sizes.size() != model::split_count) refuse("a job has three splits");
    if (job.trials > most_trials) refuse("a job has more trials than a job file may ask for");
    std::array<std::uint32_t, model::split_count> cells{};
    for (std::size_t split = 0; split < cells.size(); ++split) {
      const std::uint64_t count = std::uint64_t{job.split_sizes[split]} * job.trials;
      if (count > std::numeric_limits<std::uint32_t>::max()) refuse("a split is too large");
      cells[split] = static_cast<std::uint32_t>(count);
    }
    view_.cells = optimize::CellStore{cells};
    seen(job.created_at);
    view_.job = std::move(job);
  }

  void take_examples() {
    const auto part = decode<campaign::ExamplesRecord>();
    const auto split = checked(part.split);
    if (part.ids.size() != part.labels.size()) refuse("ids and labels differ in number");
    const std::uint64_t end = std::uint64_t{part.first_position} + part.ids.size();
    if (end > view_.job->split_sizes[split]) refuse("examples beyond the end of their split");
    auto& known = view_.examples[split];
    if (part.first_position > known.size()) refuse("examples are missing before it");
    for (std::size_t i = known.size() - part.first_position; i < part.ids.size(); ++i)
      known.push_back({part.ids[i], part.labels[i]});
  }

  void take_session() {
    auto session = decode<campaign::SessionRecord>();
    seen(session.started_at);
    view_.sessions.push_back({record_->epoch, std::move(session)});
    view_.state = RunState::running;
  }

  void take_proposal() {
    auto proposal = decode<campaign::ProposalRecord>();
    const auto index = proposal.candidate.index;
    if (index < view_.proposals.size()) return;
    if (index > view_.proposals.size()) refuse("a proposal is missing before it");
    seen(proposal.at);
    view_.proposals.push_back(std::move(proposal));
    view_.chunks.emplace_back();
    view_.outcomes.emplace_back();
  }

  void take_request() {
    auto request = decode<campaign::RequestRecord>();
    const model::RequestIndex index = request.numbered.index;
    if (index < view_.requests.size()) return;
    if (index > view_.requests.size()) refuse("a text request is missing before it");
    seen(request.at);
    view_.requests.push_back({std::move(request), {}});
  }

  void take_results() {
    const campaign::ResultsView results = campaign::decode_results(record_->payload);
    const campaign::ResultsHeader& header = results.header;
    for (const model::CellResult& cell : results.cells)
      if (cell.status < model::CellStatus::pending || cell.status > model::CellStatus::blocked)
        refuse("a cell has an unknown status");
    seen(header.received_at);
    if (header.split == Split::request) return take_samples(results);
    const auto split = checked(header.split);
    const std::uint64_t end = std::uint64_t{header.begin} + header.count;
    check_candidate(header.candidate);
    // Examples are written down first: what is allocated is bounded by what was read.
    if (end > std::uint64_t{view_.examples[split].size()} * view_.job->trials)
      refuse("results beyond the end of a split");
    note_chunks(results, view_.chunks[header.candidate][split]);
    const auto fresh = view_.cells.finish(
        {header.candidate, header.split, header.begin, static_cast<std::uint32_t>(end)},
        results.cells);
    view_.duplicates += header.count - fresh;
  }

  void take_samples(const campaign::ResultsView& results) {
    const campaign::ResultsHeader& header = results.header;
    if (header.candidate >= view_.requests.size()) refuse("it names a text that nobody asked for");
    if (std::uint64_t{header.begin} + header.count > model::most_samples)
      refuse("more samples than a text request may have");
    std::vector<Sample>& samples = view_.requests[header.candidate].samples;
    for (std::uint32_t i = 0; i < header.count; ++i) {
      const auto place = std::ranges::lower_bound(samples, header.begin + i, {}, &Sample::number);
      const bool known = place != samples.end() && place->number == header.begin + i;
      if (known || !model::is_final(results.cells[i].status)) {
        ++view_.duplicates;
        continue;
      }
      const bool has_text = header.has_outputs != 0;
      if (has_text) note_failure(header, i, results.cells[i], results.outputs[i]);
      samples.insert(place, {.number = header.begin + i,
                             .result = results.cells[i],
                             .text = has_text && options_.keep_texts ? results.outputs[i] : "",
                             .worker = header.worker,
                             .epoch = session(),
                             .received_at = header.received_at});
    }
  }

  /// One chunk for each run of cells that these results finish; before they are stored.
  void note_chunks(const campaign::ResultsView& results, std::vector<Chunk>& chunks) {
    const campaign::ResultsHeader& header = results.header;
    bool open = false;
    for (std::uint32_t i = 0; i < header.count; ++i) {
      const bool fresh = model::is_final(results.cells[i].status) &&
                         !view_.cells.is_finished(header.candidate, header.split, header.begin + i);
      if (fresh && !open) {
        chunks.push_back({.begin = header.begin + i,
                          .count = 0,
                          .worker = header.worker,
                          .epoch = session(),
                          .received_at = header.received_at});
        if (options_.keep_texts && header.has_outputs != 0)
          chunks.back().first_text = view_.texts.size();
      }
      open = fresh;
      if (!fresh) continue;
      ++chunks.back().count;
      if (header.has_outputs != 0) note_failure(header, i, results.cells[i], results.outputs[i]);
      if (chunks.back().first_text != Chunk::no_texts) view_.texts.add(results.outputs[i]);
    }
  }

  void note_failure(const campaign::ResultsHeader& header, std::uint32_t index,
                    const model::CellResult& cell, std::string_view text) {
    if (cell.status <= model::CellStatus::wrong || text.empty()) return;
    if (++failures_[cell.status] > most_failures) return;
    view_.failures.push_back({.candidate = header.candidate,
                              .split = header.split,
                              .position = header.begin + index,
                              .status = cell.status,
                              .text = std::string{text}});
  }

  void take_decision() {
    const auto decision = decode<campaign::DecisionRecord>();
    check_candidate(decision.candidate);
    const auto [known, is_new] = decisions_.try_emplace(
        {decision.heat, decision.rung, decision.candidate}, view_.decisions.size());
    if (is_new) {
      view_.decisions.push_back(decision);
    } else {  // decided again: a raised budget reopened the heat
      view_.decisions[known->second] = decision;
    }
  }

  void take_outcome() {
    const auto outcome = decode<campaign::OutcomeRecord>().outcome;
    check_candidate(outcome.index);
    view_.outcomes[outcome.index] = outcome;
  }

  void take_worker() {
    auto worker = decode<campaign::WorkerRecord>();
    if (worker.change > campaign::WorkerChange::lost) refuse("a worker has an unknown state");
    seen(worker.at);
    view_.workers.push_back({session(), std::move(worker)});
  }

  /// Nothing of it is shown: how the cells ended is in their results.
  void take_suspects() const {
    for (const model::CellRange& range : decode<campaign::SuspectsRecord>().cells)
      if (!model::is_known(range.split) || range.begin >= range.end ||
          range.end > view_.cells.size_of(range.split))
        refuse("suspects that do not exist");
  }

  void take_progress() {
    view_.progress.push_back(decode<campaign::ProgressRecord>());
    seen(view_.progress.back().at);
  }

  void take_stopped() {
    view_.stopped = decode<campaign::StoppedRecord>();
    view_.state = RunState::stopped;
    seen(view_.stopped->at);
  }

  void take_objectives() {
    auto objectives = decode<campaign::ObjectivesRecord>();
    static_cast<void>(campaign::options_of(objectives));  // all of it exists
    seen(objectives.at);
    view_.objectives = std::move(objectives);
  }

  void take_finished() {
    auto finished = decode<campaign::FinishedRecord>();
    if (finished.winner != model::no_candidate) check_candidate(finished.winner);
    if (finished.baseline != model::no_candidate) check_candidate(finished.baseline);
    seen(finished.at);
    view_.finished = std::move(finished);
    view_.state = RunState::finished;
  }

  void take_sample() {
    view_.samples.push_back({session(), decode<cluster::NodeSample>()});
    seen(view_.samples.back().record.at);
  }

  void take_traffic() {
    view_.traffic.push_back({session(), decode<cluster::Traffic>()});
    seen(view_.traffic.back().record.at);
  }

  void take_spending() {
    view_.spending = decode<campaign::SpendingRecord>();
    seen(view_.spending->at);
  }

  void take_start() {
    view_.starts.push_back({session(), decode<campaign::StartedRecord>()});
    seen(view_.starts.back().record.at);
  }

  void take_placement() {
    view_.placements.push_back({session(), decode<cluster::Placement>()});
    seen(view_.placements.back().record.at);
  }

  void take_registry() {
    const auto changes = decode<cluster::RegistryChanges>();
    seen(changes.at);
    for (const std::string& name : changes.ended) end_service(name, changes.at);
    for (const cluster::Service& service : changes.present) {
      end_service(service.name, changes.at);  // another holder has it now, or it has changed
      services_[service.name] = view_.services.size();
      view_.services.push_back({session(), service, {}});
    }
  }

  void end_service(const std::string& name, core::WallLabel at) {
    const auto known = services_.find(name);
    if (known == services_.end()) return;
    RegisteredService& service = view_.services[known->second];
    if (service.epoch == session()) service.ended_at = at;
    services_.erase(known);
  }

  template <class Record>
  [[nodiscard]] Record decode() const {
    return campaign::decode<Record>(record_->payload);
  }
  [[nodiscard]] std::size_t checked(Split split) const {
    if (split > Split::test) refuse("it names an unknown split");
    return static_cast<std::size_t>(split);
  }
  void check_candidate(model::CandidateIndex candidate) const {
    if (candidate >= view_.proposals.size()) refuse("it names a candidate that was not proposed");
  }
  /// The session that a record tells of.
  [[nodiscard]] journal::Epoch session() const {
    return view_.sessions.empty() ? record_->epoch : view_.session();
  }
  void seen(core::WallLabel at) { view_.last_seen = std::max(view_.last_seen, at); }

  [[noreturn]] void refuse(std::string_view why) const {
    throw core::Error{core::ErrorKind::corrupt_data,
                      fmt::format("journal record {} (epoch {}) makes no sense: {}",
                                  record_->sequence, record_->epoch, why),
                      "the journal was damaged or written by another version of this program"};
  }

  ReadOptions options_;
  RunView view_;
  const journal::Record* record_ = nullptr;
  std::map<std::string, std::size_t> services_;          ///< registered now: place in the view
  std::map<model::CellStatus, std::uint32_t> failures_;  ///< with a text, by kind
  /// Place in the view by heat, rung and candidate.
  std::map<std::tuple<std::uint32_t, std::uint32_t, model::CandidateIndex>, std::size_t> decisions_;
};

}  // namespace

RunView read_run_view(const journal::Disk& run_folder, const ReadOptions& options) {
  ViewReader reader{options};
  auto recovery = journal::read_log(
      run_folder, [&reader](const journal::Record& record) { reader.visit(record); },
      options.damage);
  return reader.finish(std::move(recovery));
}

}  // namespace foundation::report
