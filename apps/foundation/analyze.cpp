#include <filesystem>
#include <memory>

#include <fmt/format.h>

#include "analysis/analysis.hpp"
#include "analysis/publish.hpp"
#include "capture/open_trace.hpp"
#include "commands.hpp"
#include "report/trace_report.hpp"
#include "storage/publish_file.hpp"

namespace foundation {
namespace {

struct Analyze {
  std::string path;
  std::string output;
  std::size_t rows = 20;
  analysis::AnalysisOptions options;
};

/// 1 if the run did not end as it should have.
int run_analyze(const Analyze& it, bool json) {
  analysis::TraceSet traces = capture::open_trace(it.path);
  const analysis::ClockReport correction = analysis::correct_clocks(traces);
  analysis::Analysis found = analysis::analyze(traces, it.options);
  found.correction = correction;
  if (!it.output.empty())
    storage::publish_file(it.output, storage::Layout::compressed, [&](storage::FileWriter& writer) {
      analysis::publish(traces, found, writer);
    });
  fmt::print("{}", json ? report::trace_to_json(traces, found, it.rows)
                        : report::trace_to_text(traces, found, it.rows));
  if (!it.output.empty() && !json) fmt::print("\nfiles\n  tables   {}\n", it.output);
  return found.diagnosis.sentences.empty() ? 0 : 1;
}

}  // namespace

void add_analyze(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<Analyze>();
  CLI::App* command =
      app.add_subcommand("analyze", "Show what a traced run spent its time on, and why");
  command->add_option("path", options->path, "The .h5 file of a trace, or a folder with recordings")
      ->required();
  command->add_option("-o,--output", options->output, "Write all tables to this HDF5 file, too");
  command->add_option("--rows", options->rows, "Rows of each table that are shown, default 20");
  command->add_option("--eager-limit", options->options.waits.eager_limit,
                      "Bytes up to which MPI sends without waiting for the receiver, default 4096");
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback(
      [options, &outcome] { outcome.exit_status = run_analyze(*options, outcome.json); });
}

}  // namespace foundation
