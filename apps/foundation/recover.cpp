#include <memory>

#include <fmt/format.h>

#include "commands.hpp"
#include "report/examine.hpp"
#include "report/terminal_text.hpp"
#include "run_arguments.hpp"
#include "runtime/salvage.hpp"

namespace foundation {
namespace {

constexpr int found_damage = 1;

struct Recover {
  RunArguments run;
  bool salvage = false;
  bool take_over = false;
};

void describe_salvage(const runtime::Salvage& done, const std::string& run) {
  fmt::print("salvaged by epoch {}: the damaged files stay as they are, the log ends before them\n",
             done.epoch);
  if (!done.old_view.empty())
    fmt::print("kept run.h5 as {}\n", report::visible(done.old_view.string()));
  fmt::print("next: the same `foundation optimize` continues {}\n", report::visible(run));
}

void run(const Recover& command, Outcome& outcome) {
  const report::RunLocation run = command.run.locate_with_journal();
  const report::Examination found = report::examine_journal(run.folder, open_run(run));
  const bool salvages = found.is_damaged() && command.salvage;
  // First the deed: a report of a salvage that then fails would not be true.
  const runtime::Salvage done =
      salvages ? runtime::salvage_run(run.folder, command.take_over) : runtime::Salvage{};
  fmt::print("{}", outcome.json ? report::to_json(found, run.name())
                                : report::describe(found, run.name()));
  if (salvages && !outcome.json) describe_salvage(done, run.name());
  if (!found.is_damaged() || salvages) return;
  outcome.exit_status = found_damage;
  if (!outcome.json)
    fmt::print(
        "  help: `foundation recover {} --salvage` cuts the journal there; what is lost is "
        "evaluated again\n",
        report::visible(run.name()));
}

}  // namespace

void add_recover(CLI::App& app, Outcome& outcome) {
  const auto command = std::make_shared<Recover>();
  CLI::App* it = app.add_subcommand(
      "recover", "Say what is damaged in a run's journal (exit status 1), and salvage the rest");
  add_run_arguments(*it, command->run);
  it->add_flag("--salvage", command->salvage,
               "Cut the journal before the damage; no file is changed or removed");
  it->add_flag("--take-over", command->take_over, "Although the owner may still be alive");
  it->add_flag("--json", outcome.json, "As JSON");
  it->callback([command, &outcome] { run(*command, outcome); });
}

}  // namespace foundation
