#include "report/run_status.hpp"

#include <chrono>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "campaign/end_note.hpp"
#include "report/detail/health_json.hpp"
#include "report/health.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::report {

using Json = nlohmann::ordered_json;

namespace {

constexpr int resumable = 3;
constexpr int no_valid_result = 4;
constexpr int infrastructure_lost = 5;
constexpr core::Duration silence_limit = std::chrono::minutes{2};

void set(RunStatus& status, Phase phase, int exit_status, std::string reason) {
  status.phase = phase;
  status.exit_status = exit_status;
  status.reason = std::move(reason);
}

void judge_by_note(RunStatus& status, const campaign::EndNote& note) {
  switch (note.exit_status) {
    case 0:
    case no_valid_result: return set(status, Phase::done, note.exit_status, note.reason);
    case resumable: return set(status, Phase::stopped, resumable, note.reason);
    default: return set(status, Phase::failed, infrastructure_lost, note.reason);
  }
}

void judge_by_journal(RunStatus& status, const RunView& view) {
  switch (view.state) {
    case RunState::finished: {
      const bool valid = view.finished->winner != model::no_candidate;
      return set(status, Phase::done, valid ? 0 : no_valid_result, view.finished->stop_reason);
    }
    case RunState::stopped: return set(status, Phase::stopped, resumable, view.stopped->reason);
    case RunState::running:
      return set(status, Phase::stopped, resumable,
                 view.job ? "its process is gone without a word" : "nothing has been done yet");
  }
}

/// Whether the owner may still be at work.
bool is_at_work(const RunStatus& status, core::WallLabel now) {
  if (!status.owner) return false;
  switch (storage::liveness_of({.boot_id = status.owner->boot_id,
                                .pid = status.owner->pid,
                                .start_ticks = status.owner->pid_start})) {
    case storage::Liveness::alive: return true;
    case storage::Liveness::dead: return false;
    case storage::Liveness::unknown: break;
  }
  if (status.owner->host == storage::this_host()) return false;  // this machine, an earlier boot
  return now - status.last_seen < silence_limit.count();
}

/// How the nodes are, in a line, and who is lost.
std::string nodes_text(const cluster::HealthReport& health) {
  std::string text = fmt::format("\n  nodes        {}: {} of {} healthy, {} workers",
                                 cluster::name_of(health.overall), health.healthy_nodes,
                                 health.expected_nodes, health.workers);
  for (const cluster::NodeHealth& node : health.nodes)
    for (const cluster::LostWorker& worker : node.facts.lost)
      text += fmt::format("\n  lost         rank {} on {}: {}", worker.rank,
                          visible(node.facts.node), visible(worker.reason));
  return text;
}

std::string owner_text(const journal::Claim& owner) {
  std::string text = fmt::format("process {} on {}", owner.pid, visible(owner.host));
  if (!owner.batch_job.empty()) text += fmt::format(", batch job {}", visible(owner.batch_job));
  return text;
}

}  // namespace

std::string_view name_of(Phase phase) noexcept {
  switch (phase) {
    case Phase::done: return "done";
    case Phase::failed: return "failed";
    case Phase::running: return "running";
    case Phase::stopped: return "stopped";
  }
  return "unknown";
}

RunStatus judge_run(const journal::Disk& run_folder, core::WallLabel now) {
  RunStatus status;
  status.owner = journal::newest_claim(run_folder);
  const RunView view = read_run_view(run_folder, {.keep_texts = false});
  status.epoch = std::max(view.epoch, status.owner ? status.owner->epoch : 0);
  status.evaluations = view.cells.finished();
  status.last_seen = std::max(view.last_seen, status.owner ? status.owner->claimed_at : 0);
  if (!view.progress.empty()) {
    const campaign::ProgressRecord& latest = view.progress.back();
    status.expected = latest.expected;
    status.best = latest.best == model::no_candidate ? -1 : std::int64_t{latest.best};
    status.best_score = latest.best_score;
  }
  if (const auto note = campaign::read_end_note(run_folder); note && note->epoch >= status.epoch) {
    judge_by_note(status, *note);
  } else if (is_at_work(status, now)) {
    set(status, Phase::running, running_exit_status, owner_text(*status.owner));
  } else {
    judge_by_journal(status, view);
  }
  status.spending = view.spending;
  if (!view.starts.empty() && view.starts.back().epoch == view.session())
    status.optimization_started = view.starts.back().record.at;
  status.health = run_health(view, status.phase == Phase::running, now);
  status.services = live_services(view);
  return status;
}

std::string describe(const RunStatus& status, std::string_view run) {
  std::string text = fmt::format("{}: {}", visible(run), name_of(status.phase));
  if (!status.reason.empty()) text += fmt::format(" ({})", visible(status.reason));
  text += fmt::format("\n  evaluations  {}", status.evaluations);
  if (status.expected > status.evaluations) text += fmt::format(" of about {}", status.expected);
  if (status.best >= 0)
    text += fmt::format("\n  best so far  {:.4g} (c{})", status.best_score, status.best);
  if (status.spending)
    text += fmt::format("\n  tokens       at most {} of prompts and {} of answers",
                        status.spending->prompt_tokens, status.spending->completion_tokens);
  if (status.last_seen != 0) text += fmt::format("\n  last record  {}", iso_time(status.last_seen));
  if (!status.health.nodes.empty()) text += nodes_text(status.health);
  if (status.phase == Phase::stopped)
    text += "\n  next         repeat the command that started it: it continues where it stopped";
  if (status.phase == Phase::failed)
    text += "\n  next         mend the cause, then repeat the command that started it";
  if (status.phase == Phase::done)
    text += fmt::format("\n  next         foundation report {}", visible(run));
  return text + '\n';
}

std::string to_json(const RunStatus& status, std::string_view run) {
  Json json = {
      {"schema", "foundation.status"},
      {"schemaVersion", 1},
      {"run", run},
      {"phase", name_of(status.phase)},
      {"exit_status", status.exit_status},
      {"reason", status.reason},
      {"epoch", status.epoch},
      {"evaluations", status.evaluations},
      {"expected", status.expected},
      {"best", status.best >= 0 ? Json(status.best) : Json(nullptr)},
      {"best_score", status.best >= 0 ? Json(status.best_score) : Json(nullptr)},
      {"last_record", status.last_seen != 0 ? Json(iso_time(status.last_seen)) : Json(nullptr)},
      {"optimization_started",
       status.optimization_started ? Json(iso_time(*status.optimization_started)) : Json(nullptr)},
      {"health", detail::to_json(status.health)},
      {"services", detail::to_json(status.services)}};
  if (status.spending) {
    json["tokens_at_most"] = {{"prompt", status.spending->prompt_tokens},
                              {"completion", status.spending->completion_tokens}};
  }
  if (status.owner) {
    json["owner"] = {{"host", status.owner->host},
                     {"pid", status.owner->pid},
                     {"batch_job", status.owner->batch_job}};
  }
  return json.dump(2, ' ', true, Json::error_handler_t::replace) + '\n';
}

}  // namespace foundation::report
