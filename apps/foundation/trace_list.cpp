#include <algorithm>
#include <memory>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/job_identity.hpp"
#include "capture/job_view.hpp"
#include "capture/running_jobs.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "core/terminal_text.hpp"
#include "core/time.hpp"
#include "json_output.hpp"
#include "trace_control.hpp"

namespace foundation {
namespace {

using capture::JobView;
using capture::ParticipantView;
using capture::Window;
using capture::WindowState;
using nlohmann::json;

/// What a process does at the moment, in a word.
std::string state_of(const ParticipantView& it) {
  if (it.facts.ending == capture::Ending::exited)
    return fmt::format("exited with {}", it.facts.exit_status);
  if (it.facts.ending == capture::Ending::signalled)
    return fmt::format("ended by signal {}", it.facts.signal);
  if (!it.is_running()) return "lost";
  if (!it.facts.obstacle.empty()) return "cannot be recorded";
  const auto is = [&it](WindowState state) {
    return std::ranges::any_of(it.facts.windows,
                               [state](const auto& window) { return window.state == state; });
  };
  return is(WindowState::recording) ? "recording" : is(WindowState::waiting) ? "waiting" : "off";
}

std::string state_of(const JobView& job, const Window& window) {
  if (!window.is_open()) return "closed";
  return capture::is_over(job, window) ? "over" : "open";
}

std::string command_of(const JobView& job) {
  for (const ParticipantView& it : job.participants)
    if (!it.facts.command.empty()) return it.facts.command;
  return {};
}

json to_json(const JobView& job, const Window& it) {
  return {{"id", capture::id_text(it.id)},          {"state", state_of(job, it)},
          {"scope", capture::scope_text(it.scope)}, {"label", it.options.label},
          {"max_size", it.options.max_size},        {"opened_at", it.opened_wall_ns},
          {"closed_at", it.closed_wall_ns}};
}

json to_json(const ParticipantView& it) {
  return {{"rank", it.facts.rank}, {"host", it.facts.host},     {"pid", it.facts.process},
          {"state", state_of(it)}, {"events", it.events},       {"dropped", it.dropped},
          {"bytes", it.bytes},     {"recorded", it.is_recorded}};
}

json to_json(const JobView& job) {
  json shown{{"id", capture::id_text(job.job.trace_id)},
             {"folder", job.folder.path().string()},
             {"output", job.job.output.string()},
             {"command", command_of(job)},
             {"running", job.is_running()},
             {"ranks", job.ranks}};
  shown["windows"] = json::array();
  for (const Window& it : job.windows) shown["windows"].push_back(to_json(job, it));
  shown["processes"] = json::array();
  for (const ParticipantView& it : job.participants) shown["processes"].push_back(to_json(it));
  return shown;
}

void print_window(const JobView& job, const Window& it) {
  const std::string scope = capture::scope_text(it.scope);
  fmt::print("  window {}: {}, opened {} ago{}{}\n", capture::id_text(it.id), state_of(job, it),
             core::format_duration(core::Duration{core::wall_now() - it.opened_wall_ns}),
             scope.empty() ? "" : ", " + scope,
             it.options.label.empty() ? "" : ", " + core::visible(it.options.label));
}

void print(const JobView& job) {
  fmt::print("{}  {}\n", capture::id_text(job.job.trace_id), core::visible(command_of(job)));
  fmt::print("  folder {}\n  goes to {}\n", core::visible(job.folder.path().string()),
             core::visible(job.job.output.string()));
  for (const Window& it : job.windows) print_window(job, it);
  fmt::print("  {:>5} {:>9} {:<14} {:<20} {:>12} {:>9} {:>10}\n", "rank", "pid", "host", "state",
             "events", "dropped", "on disk");
  for (const ParticipantView& it : job.participants)
    fmt::print("  {:>5} {:>9} {:<14} {:<20} {:>12} {:>9} {:>10}\n", it.facts.rank, it.facts.process,
               core::visible(it.facts.host), state_of(it), it.events, it.dropped,
               core::format_size(it.bytes));
  if (std::ssize(job.participants) < job.ranks)
    fmt::print("  {} of {} ranks have started\n", job.participants.size(), job.ranks);
}

std::vector<JobView> jobs_in(const std::string& place) {
  std::vector<JobView> jobs;
  for (const auto& folder :
       place.empty() ? capture::jobs_on_this_host() : capture::jobs_below(place)) {
    try {
      jobs.push_back(capture::view_job(folder));
    } catch (const core::Error&) {
      if (folder.exists()) throw;
      continue;  // it has ended since, and its trace is written
    }
  }
  return jobs;
}

void list(const std::string& place, const Outcome& outcome) {
  const std::vector<JobView> jobs = jobs_in(place);
  if (outcome.json) {
    json shown{{"schema", 1}, {"jobs", json::array()}};
    for (const JobView& job : jobs) shown["jobs"].push_back(to_json(job));
    return print_json(shown);
  }
  for (const JobView& job : jobs) print(job);
  if (!jobs.empty()) return;
  fmt::print("{}\n", place.empty() ? "no traced job runs on this host"
                                   : "no recordings of a traced job are there");
}

}  // namespace

void add_trace_list(CLI::App& trace, Outcome& outcome) {
  const auto place = std::make_shared<std::string>();
  CLI::App* it = trace.add_subcommand(
      "list", "Show the traced jobs of this host: processes, windows, events and drops");
  it->add_option("FOLDER", *place, "Those with their recordings below this folder, running or not")
      ->check(CLI::ExistingDirectory);
  it->add_flag("--json", outcome.json, "As JSON");
  it->callback([place, &outcome] { list(*place, outcome); });
}

}  // namespace foundation
