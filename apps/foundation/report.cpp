#include <filesystem>
#include <memory>
#include <system_error>

#include <fmt/format.h>

#include "commands.hpp"
#include "report/publish.hpp"
#include "report/summary.hpp"
#include "run_arguments.hpp"
#include "storage/load_file.hpp"
#include "storage/memory_tables.hpp"

namespace foundation {
namespace {

struct Report {
  RunArguments run;
  bool plain = false;
  std::size_t candidates = 5;
};

/// From the journal if there is one: it is never behind; else from the published file alone.
report::Summary summarise(const report::RunLocation& run) {
  if (!run.has_journal())
    return report::summarise(storage::load_tables(run.file, report::summary_tables));
  storage::MemoryTables tables;
  report::publish_tables(report::read_run_view(open_run(run), {.keep_texts = false}),
                         report::Completeness::partial, tables);
  return report::summarise(tables);
}

void run_report(const Report& options, bool json) {
  const report::RunLocation run = options.run.locate();
  const report::Summary summary = summarise(run);
  std::error_code ignored;
  const report::ReportPlace place{
      .run = run.name(),
      .file = std::filesystem::exists(run.file, ignored) ? run.file.string() : "",
      .folder = run.folder.string()};
  if (json) {
    fmt::print("{}", report::to_json(summary, place, options.candidates));
  } else if (options.plain) {
    fmt::print("{}", report::to_plain(summary, options.candidates));
  } else {
    fmt::print("{}", report::to_text(summary, place, options.candidates));
  }
}

}  // namespace

void add_report(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<Report>();
  CLI::App* command =
      app.add_subcommand("report", "Show a run's result, best candidates, failures and workers");
  add_run_arguments(*command, options->run);
  auto* json = command->add_flag("--json", outcome.json, "As JSON");
  command->add_flag("--plain", options->plain, "As tab-separated lines")->excludes(json);
  command->add_option("--candidates", options->candidates, "How many candidates, default 5");
  command->callback([options, &outcome] { run_report(*options, outcome.json); });
}

}  // namespace foundation
