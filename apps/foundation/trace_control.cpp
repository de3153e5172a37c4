#include "trace_control.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/collect.hpp"
#include "capture/control.hpp"
#include "capture/job_identity.hpp"
#include "capture/running_jobs.hpp"
#include "core/error.hpp"
#include "core/terminal_text.hpp"
#include "json_output.hpp"

namespace foundation {
namespace {

using nlohmann::json;

constexpr int somebody_is_missing = 3;
constexpr const char* job_help =
    "Its folder (ends in .rings), output or id; default: the only job on this host";

struct Control {
  std::string job;
  std::string id;
  std::string scope;
  std::string options;
};

std::optional<std::uint64_t> id_of(const std::string& text) {
  if (text.empty()) return std::nullopt;
  if (const auto id = capture::parse_id(text)) return id;
  throw core::Error{core::ErrorKind::usage, fmt::format("'{}' is no id of a window", text),
                    "an id has 16 hexadecimal digits"};
}

json missing_json(const std::vector<capture::Absentee>& missing) {
  json all = json::array();
  for (const auto& it : missing)
    all.push_back({{"rank", it.rank}, {"host", it.host}, {"why", it.why}});
  return all;
}

void print_missing(const std::vector<capture::Absentee>& missing) {
  for (const auto& it : missing) fmt::print("  missing: {}\n", core::visible(it.text()));
}

/// Says what came of it; status 3 if it is not the whole.
void report(const capture::WindowOutcome& it, const char* what, Outcome& outcome) {
  if (!it.missing.empty()) outcome.exit_status = somebody_is_missing;
  if (outcome.json)
    return print_json({{"schema", 1},
                       {"window", capture::id_text(it.window.id)},
                       {"scope", capture::scope_text(it.window.scope)},
                       {"label", it.window.options.label},
                       {"participants", it.participants},
                       {"missing", missing_json(it.missing)}});
  fmt::print("window {}: {} {} process{}\n", capture::id_text(it.window.id), what, it.participants,
             it.participants == 1 ? "" : "es");
  print_missing(it.missing);
}

void start(const Control& options, Outcome& outcome) {
  capture::Window window;
  window.id = id_of(options.id).value_or(0);
  window.scope = capture::parse_scope(options.scope);
  window.options = capture::parse_window_options(options.options);
  if (options.id.empty()) window.id = capture::new_window_id();
  report(capture::open_window(capture::find_job(options.job), window), "open in", outcome);
}

void stop(const Control& options, Outcome& outcome) {
  // The id of a window names its job as well, and that of the job its open window.
  const auto job = capture::find_job(options.job.empty() ? options.id : options.job);
  std::optional<std::uint64_t> id = id_of(options.id);
  if (!id) id = capture::parse_id(options.job);
  if (id == job.read_job().trace_id && options.id.empty()) id.reset();
  report(capture::close_window(job, id, options.options), "closed in", outcome);
}

struct Collect {
  std::string job;
  std::string window;
  std::string output;
  std::string options;
  bool force = false;
};

void collect(const Collect& options, Outcome& outcome) {
  const auto it = capture::collect(capture::find_job(options.job),
                                   {.output = options.output,
                                    .force = options.force,
                                    .window = id_of(options.window),
                                    .patience = capture::parse_patience(options.options)});
  if (!it.missing.empty()) outcome.exit_status = somebody_is_missing;
  if (outcome.json)
    return print_json({{"schema", 1},
                       {"output", it.merged.output.string()},
                       {"status", it.merged.status},
                       {"processes", it.merged.processes},
                       {"events", it.merged.events},
                       {"dropped", it.merged.dropped},
                       {"left_out", it.merged.left_out},
                       {"notes", it.merged.notes},
                       {"bytes", it.merged.file_bytes},
                       {"missing", missing_json(it.missing)}});
  fmt::print("{}", it.merged.text());
  print_missing(it.missing);
}

void add_collect(CLI::App& trace, Outcome& outcome) {
  const auto options = std::make_shared<Collect>();
  CLI::App* it = trace.add_subcommand(
      "collect", "Write what a traced job has recorded until now, while it goes on");
  it->add_option("JOB", options->job, job_help);
  it->add_option("-o,--output", options->output,
                 "HDF5 file, default: where the trace goes at the end, which replaces it then");
  it->add_option("--window", options->window,
                 "Only what was recorded in this window; default output trace-<id>.h5 beside it");
  it->add_option("--options", options->options, "participant_timeout=10s,total_timeout=15s");
  it->add_flag("--force", options->force, "Replace an existing file of another kind");
  it->add_flag("--json", outcome.json, "What was written, and who is missing, as JSON");
  it->footer(
      "Exit status 3: somebody is missing in the file, or events of the last moments; the same\n"
      "command adds what has come since.");
  it->callback([options, &outcome] { collect(*options, outcome); });
}

void add_start(CLI::App& trace, Outcome& outcome) {
  const auto options = std::make_shared<Control>();
  CLI::App* it = trace.add_subcommand(
      "start", "Switch recording on in a traced job that runs: opens a window and prints its id");
  it->add_option("JOB", options->job, job_help);
  it->add_option("--id", options->id, "Id of the window, 16 hexadecimal digits, default a new one");
  it->add_option("--scope", options->scope,
                 "As of `trace`; times count from now: 'ranks=0-3 classes=p2p regions=solve "
                 "for=10s'");
  it->add_option("--options", options->options,
                 "label=TEXT,max_size=1GiB,strict,participant_timeout=10s,total_timeout=15s, or as "
                 "JSON");
  it->add_flag("--json", outcome.json, "As JSON");
  it->footer(
      "Exit status 3: the window is open, but not everybody has answered in time.\n"
      "Communicators are named as by MPI_Comm_set_name, MPI_COMM_WORLD and MPI_COMM_SELF as "
      "usual,\n"
      "or given as rows of /communicators; kept are the calls on them, and the program's regions.\n"
      "Regions: what a thread does while one of these, or of these functions of MPI, is open on "
      "it.");
  it->callback([options, &outcome] { start(*options, outcome); });
}

void add_stop(CLI::App& trace, Outcome& outcome) {
  const auto options = std::make_shared<Control>();
  CLI::App* it = trace.add_subcommand(
      "stop", "Switch recording off in a traced job that runs: closes its window");
  it->add_option("JOB", options->job, job_help);
  it->add_option("--id", options->id, "The window, default: the one that is open");
  it->add_option("--options", options->options,
                 "participant_timeout=10s,total_timeout=15s; default: those of the window");
  it->add_flag("--json", outcome.json, "As JSON");
  it->footer("Exit status 3: not everybody has answered in time; they follow as soon as they can.");
  it->callback([options, &outcome] { stop(*options, outcome); });
}

}  // namespace

void add_trace_control(CLI::App& trace, Outcome& outcome) {
  add_start(trace, outcome);
  add_stop(trace, outcome);
  add_collect(trace, outcome);
}

}  // namespace foundation
