#include "report/verify.hpp"

#include <filesystem>
#include <memory>
#include <optional>
#include <system_error>

#include <fmt/format.h>

#include "commands.hpp"
#include "job/job.hpp"
#include "programs/dataset.hpp"
#include "run_arguments.hpp"

namespace foundation {
namespace {

constexpr int found_damage = 1;

/// Digest of the examples as the run's own copy of the job finds them now.
std::optional<core::Digest> trainset_digest(const report::RunLocation& run) {
  const job::Job job = job::load_job(run.folder / "job.toml");
  std::error_code ignored;
  if (!std::filesystem::exists(job.trainset.file, ignored)) return std::nullopt;
  return programs::load_dataset(job.trainset).digest();
}

}  // namespace

void add_verify(CLI::App& app, Outcome& outcome) {
  const auto options = std::make_shared<RunArguments>();
  CLI::App* command = app.add_subcommand(
      "verify", "Check a run's journal, HDF5 file and trainset; exit status 1 for damage");
  add_run_arguments(*command, *options);
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback([options, &outcome] {
    const report::RunLocation run = options->locate_with_journal();
    const report::Verification result =
        report::verify_run(run.folder, open_run(run),
                           [&run](const campaign::JobRecord&) { return trainset_digest(run); });
    fmt::print("{}", outcome.json ? report::to_json(result, run.name())
                                  : report::describe(result, run.name()));
    outcome.exit_status = result.is_clean() ? 0 : found_damage;
  });
}

}  // namespace foundation
