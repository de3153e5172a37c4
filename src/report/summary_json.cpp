#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/detail/summary_nodes.hpp"
#include "report/detail/summary_objectives.hpp"
#include "report/detail/summary_settings.hpp"
#include "report/publish.hpp"
#include "report/summary.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {

using Json = nlohmann::ordered_json;

namespace {

Json number(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

Json reference(std::int64_t candidate) { return candidate >= 0 ? Json(candidate) : Json(nullptr); }

Json interval_json(const ScoreInterval& interval) {
  return {{"estimate", number(interval.estimate)},
          {"low", number(interval.low)},
          {"high", number(interval.high)},
          {"confidence", 0.95}};
}

Json job_json(const std::optional<JobSummary>& job) {
  if (!job) return nullptr;
  return {
      {"name", job->name},
      {"program", job->program},
      {"metric", job->metric},
      {"direction", job->maximise ? "max" : "min"},
      {"seed", job->seed},
      {"trials", job->trials},
      {"trainset_file", job->trainset_file},
      {"examples", {{"train", job->train}, {"validation", job->validation}, {"test", job->test}}},
      {"created_at", iso_time(job->created_at)}};
}

Json candidate_json(const CandidateSummary& candidate) {
  return {{"index", candidate.index},         {"parent", reference(candidate.parent)},
          {"origin", candidate.origin},       {"changes", candidate.changes},
          {"score", number(candidate.score)}, {"cells", candidate.cells},
          {"settled", candidate.settled},     {"complete", candidate.complete},
          {"valid", candidate.valid}};
}

Json result_json(const std::optional<ResultSummary>& result) {
  if (!result) return nullptr;
  return {{"winner", reference(result->winner)},
          {"settings", detail::settings_json(result->settings)},
          {"baseline", reference(result->baseline)},
          {"validation_winner", number(result->validation_winner)},
          {"validation_baseline", number(result->validation_baseline)},
          {"test_winner", interval_json(result->test_winner)},
          {"test_baseline", interval_json(result->test_baseline)},
          {"test_difference", interval_json(result->test_difference)},
          {"answer", result->answer},
          {"stop_reason", result->stop_reason},
          {"evaluations", result->evaluations},
          {"test_evaluations", result->test_evaluations},
          {"duplicates", result->duplicates},
          {"finished_at", iso_time(result->at)}};
}

Json worker_json(const WorkerSummary& worker) {
  return {{"epoch", worker.epoch},
          {"worker", worker.worker},
          {"host", worker.host},
          {"slots", worker.slots},
          {"presence", worker.presence},
          {"reason", worker.reason},
          {"cells", worker.cells},
          {"busy_s", number(worker.busy_s)},
          {"present_s", number(worker.present_s)},
          {"utilisation", number(worker.utilisation())}};
}

}  // namespace

std::string to_json(const Summary& summary, const ReportPlace& place, std::size_t shown) {
  Json candidates = Json::array();
  for (std::size_t i = 0; i < std::min(shown, summary.candidates.size()); ++i)
    candidates.push_back(candidate_json(summary.candidates[i]));
  Json failures = Json::object();
  for (const FailureCount& failure : summary.failures) failures[failure.kind] = failure.cells;
  Json failure_examples = Json::object();
  for (const FailureCount& failure : summary.failures)
    if (failure.first)
      failure_examples[failure.kind] = {{"candidate", failure.first->candidate},
                                        {"split", failure.first->split},
                                        {"example", failure.first->example},
                                        {"text", failure.first->text}};
  Json nodes = Json::array();
  for (const NodeSummary& node : summary.nodes) nodes.push_back(detail::node_json(node));
  Json workers = Json::array();
  for (const WorkerSummary& worker : summary.workers) workers.push_back(worker_json(worker));
  const Json json = {{"schema", "foundation.report"},
                     {"schemaVersion", 1},
                     {"run", place.run},
                     {"file", place.file.empty() ? Json(nullptr) : Json(place.file)},
                     {"state", summary.state},
                     {"sessions", summary.sessions},
                     {"job", job_json(summary.job)},
                     {"result", result_json(summary.result)},
                     {"evaluations", summary.evaluations},
                     {"candidate_count", summary.candidates.size()},
                     {"candidates", candidates},
                     {"racing",
                      {{"heats", summary.racing.heats},
                       {"stopped_early", summary.racing.stopped_early},
                       {"validation_cells", summary.racing.validation_cells},
                       {"full_matrix", summary.racing.full_matrix}}},
                     {"objectives", detail::objectives_json(summary.objectives)},
                     {"texts",
                      {{"requests", summary.texts.requests},
                       {"samples", summary.texts.samples},
                       {"failed", summary.texts.failed}}},
                     {"failures", failures},
                     {"failure_examples", failure_examples},
                     {"workers", workers},
                     {"nodes", nodes}};
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

std::string to_plain(const Summary& summary, std::size_t shown) {
  std::string text =
      fmt::format("state\t{}\nevaluations\t{}\n", visible(summary.state), summary.evaluations);
  if (summary.job)
    text += fmt::format("job\t{}\nmetric\t{}\n", visible(summary.job->name),
                        visible(summary.job->metric));
  if (const auto& result = summary.result) {
    const auto add = [&text](std::string_view key, const ScoreInterval& interval) {
      text += fmt::format("{}\t{}\t{}\t{}\n", key, interval.estimate, interval.low, interval.high);
    };
    text += fmt::format("winner\t{}\nvalidation_winner\t{}\n", result->winner,
                        result->validation_winner);
    add("test_winner", result->test_winner);
    add("test_baseline", result->test_baseline);
    add("test_difference", result->test_difference);
    text += fmt::format("answer\t{}\nstop_reason\t{}\n", visible(result->answer),
                        visible(result->stop_reason));
    text += detail::settings_plain(result->settings);
  }
  text += detail::objectives_plain(summary.objectives);
  for (std::size_t i = 0; i < std::min(shown, summary.candidates.size()); ++i) {
    const CandidateSummary& it = summary.candidates[i];
    text += fmt::format("candidate\t{}\t{}\t{}\t{}\t{}\t{}\n", it.index, it.score, it.cells,
                        it.complete ? "complete" : "part", visible(it.origin), visible(it.changes));
  }
  if (summary.texts.requests > 0)
    text += fmt::format("texts\t{}\t{}\t{}\n", summary.texts.requests, summary.texts.samples,
                        summary.texts.failed);
  for (const FailureCount& failure : summary.failures)
    text += fmt::format("failure\t{}\t{}\n", visible(failure.kind), failure.cells);
  for (const NodeSummary& it : summary.nodes)
    text += fmt::format("node\t{}\t{}\t{}\t{}\t{}\t{}\t{}\n", it.epoch, visible(it.node),
                        it.workers, it.workers_lost, it.slots, it.cores, it.load);
  for (const WorkerSummary& it : summary.workers)
    text += fmt::format("worker\t{}\t{}\t{}\t{}\t{}\t{:.3f}\t{:.3f}\n", it.epoch, it.worker,
                        visible(it.host), it.presence, it.cells, it.busy_s, it.utilisation());
  return text;
}

}  // namespace foundation::report
