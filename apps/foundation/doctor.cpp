#include <algorithm>
#include <memory>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "core/terminal_text.hpp"
#include "findings.hpp"
#include "json_output.hpp"
#include "terminal.hpp"

namespace foundation {
namespace {

std::string_view name_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return "ok";
    case Verdict::warning: return "warning";
    case Verdict::failed: break;
  }
  return "failed";
}

Colour colour_of(Verdict verdict) {
  switch (verdict) {
    case Verdict::ok: return Colour::green;
    case Verdict::warning: return Colour::yellow;
    case Verdict::failed: break;
  }
  return Colour::red;
}

std::ptrdiff_t count(const Findings& findings, Verdict verdict) {
  return std::ranges::count(findings, verdict, &Finding::verdict);
}

void print_text(const Findings& findings) {
  const bool colour = wants_colour(stdout);
  for (const Finding& finding : findings) {
    const std::string verdict = fmt::format("{:<8}", name_of(finding.verdict));
    fmt::print("{} {:<12} {}\n", in_colour(verdict, colour_of(finding.verdict), colour),
               finding.check, core::visible(finding.found));
    if (!finding.remedy.empty()) fmt::print("{:<21} try: {}\n", "", core::visible(finding.remedy));
  }
  fmt::print("\n{} checks: {} failed, {} warnings\n", findings.size(),
             count(findings, Verdict::failed), count(findings, Verdict::warning));
}

void print_as_json(const Findings& findings) {
  nlohmann::json checks = nlohmann::json::array();
  for (const Finding& finding : findings) {
    checks.push_back({{"check", finding.check},
                      {"verdict", name_of(finding.verdict)},
                      {"found", finding.found},
                      {"remedy", finding.remedy}});
  }
  const nlohmann::json report{{"schema", 1},
                              {"checks", checks},
                              {"failed", count(findings, Verdict::failed)},
                              {"warnings", count(findings, Verdict::warning)}};
  print_json(report);
}

void run(const std::string& run_folder, Outcome& outcome) {
  Findings findings;
  check_machine(findings);
  check_folders(findings, run_folder);
  check_mpi(findings);  // last: a start makes the folder that TMPDIR names
  if (outcome.json) {
    print_as_json(findings);
  } else {
    print_text(findings);
  }
  outcome.exit_status = count(findings, Verdict::failed) > 0 ? 1 : 0;
}

}  // namespace

void add_doctor(CLI::App& app, Outcome& outcome) {
  const auto run_folder = std::make_shared<std::string>(".");
  CLI::App* command = app.add_subcommand("doctor", "Check this machine and say what to mend");
  command->add_option("--run-folder", *run_folder, "Where run folders will be made")
      ->capture_default_str();
  command->add_flag("--json", outcome.json, "As JSON");
  command->callback([run_folder, &outcome] { run(*run_folder, outcome); });
}

}  // namespace foundation
