#include "report/merge.hpp"

#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "commands.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "run_arguments.hpp"
#include "storage/publish_file.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

struct MergeCommand {
  std::vector<std::string> runs;
  std::string runs_folder = "runs";
  std::string output;
  bool force = false;
};

/// `runs/*` names the newest run twice, the second time by the link `latest`.
report::Merge read_runs(const MergeCommand& command) {
  report::Merge merge;
  std::set<fs::path> known;
  for (const std::string& name : command.runs) {
    const report::RunLocation run = RunArguments{name, command.runs_folder}.locate_with_journal();
    const fs::path folder = fs::canonical(run.folder);
    if (known.insert(folder).second)
      merge.add(folder.string(), report::read_run_view(open_run(run)));
  }
  return merge;
}

void run_merge(const MergeCommand& command, bool json) {
  if (std::error_code ignored; !command.force && fs::exists(command.output, ignored))
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("'{}' exists and is not overwritten", command.output),
                      "choose another name, or say --force"};
  report::Merge merge = read_runs(command);
  storage::publish_file(
      command.output, storage::Layout::compressed,
      [&](storage::FileWriter& writer) { merge.publish(writer, core::wall_now()); });
  fmt::print("{}", json ? to_json(merge, command.output) : to_text(merge, command.output));
}

}  // namespace

void add_merge(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<MergeCommand>();
  CLI::App* command = app.add_subcommand(
      "merge", "Put runs of one job with different seeds into one HDF5 file and compare them");
  command->add_option("RUN", options->runs, "Run folders, their names or the beginnings of them")
      ->required();
  command->add_option("--runs", options->runs_folder, "Folder of the runs, default runs");
  command->add_option("-o,--output", options->output, "HDF5 file to be written")->required();
  command->add_flag("--force", options->force, "Replace an existing file");
  command->add_flag("--json", outcome.json, "The comparison as JSON");
  command->callback([options, &outcome] { run_merge(*options, outcome.json); });
}

}  // namespace foundation
