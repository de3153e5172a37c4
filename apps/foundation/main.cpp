#include <cerrno>
#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "commands.hpp"
#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/process_end.hpp"
#include "json_output.hpp"
#include "usage.hpp"
#include "version.hpp"

namespace foundation {
namespace {

constexpr int internal_error = 70;

void show_error(const core::Error& error, const Outcome& outcome) {
  fmt::print(stderr, "{}\n", core::describe(error));
  if (!outcome.json) return;
  nlohmann::json shown{{"message", error.what()}, {"hint", error.hint()}};
  shown["status"] = core::exit_status(error.kind());
  shown["file"] = error.place().file;
  shown["line"] = error.place().line;
  shown["column"] = error.place().column;
  print_json(nlohmann::json{{"error", shown}});
}

int report_bug(std::string_view what) {
  fmt::print(stderr,
             "error: internal error: {}\n"
             "  help: this is a bug of foundation; please report it with the command line and the\n"
             "        output of `foundation --version --json`\n",
             what);
  return internal_error;
}

/// Results that could not be written are no results. But a reader who has seen enough (`| head`)
/// is no error.
int output_failed(int error_number, int exit_status) {
  if (error_number == EPIPE) return exit_status;
  const core::Error error = core::system_error("write", "standard output", error_number);
  fmt::print(stderr, "{}\n", core::describe(error));
  return core::exit_status(error.kind());
}

int flush_results(int exit_status) {
  errno = 0;
  const bool written = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
  return written ? exit_status : output_failed(errno, exit_status);
}

/// The command line of another program, behind two dashes, is not for the parser: it would make
/// lists of words in brackets and lose empty ones. Cut off from `argc`.
std::vector<std::string> take_behind_dashes(int& argc, char** argv) {
  std::vector<std::string> words;
  if (argc < 2 || std::string_view{argv[1]} != "trace") return words;
  for (int i = 2; i < argc; ++i) {
    if (std::string_view{argv[i]} != "--") continue;
    words.assign(argv + i + 1, argv + argc);
    argc = i;
  }
  return words;
}

void add_commands(CLI::App& app, Outcome& outcome, const std::vector<std::string>& behind_dashes) {
  add_init(app, outcome);
  add_optimize(app, outcome);
  add_analyze(app, outcome);
  add_export(app, outcome);
  add_report(app, outcome);
  add_status(app, outcome);
  add_verify(app, outcome);
  add_rebuild(app, outcome);
  add_recover(app, outcome);
  add_merge(app, outcome);
  add_config(app, outcome);
  add_dataset(app, outcome);
  add_doctor(app, outcome);
  add_trace(app, outcome, behind_dashes);
  add_bench(app, outcome);
  add_doc(app, outcome);
  add_completions(app, outcome);
  add_man(app, outcome);
  add_trace_finaliser(app, outcome);
  add_bench_trace_rank(app, outcome);
  add_doctor_rank(app, outcome);
  add_evaluate_cells(app, outcome);
  add_launch_reap(app, outcome);
}

int run(int argc, char** argv, void (*broken_pipe)(int)) {
  Outcome outcome;
  outcome.broken_pipe = broken_pipe;
  const std::vector<std::string> behind_dashes = take_behind_dashes(argc, argv);
  CLI::App app{"Finds the best version of a program over a trainset, on MPI ranks.", "foundation"};
  describe_usage(app);
  VersionFlags version;
  add_version(app, version);
  add_commands(app, outcome, behind_dashes);
  try {
    app.parse(argc, argv);
    if (version.shown) print_version(version);
    if (app.get_subcommands().empty() && !version.shown) throw missing_command(app);
  } catch (const CLI::Success& success) {
    return flush_results(app.exit(success));
  } catch (const CLI::ParseError& error) {
    const core::Error shown = usage_error(app, error);
    show_error(shown, outcome);
    return core::exit_status(shown.kind());
  } catch (const core::Error& error) {
    show_error(error, outcome);
    static_cast<void>(flush_results(0));
    return core::exit_status(error.kind());
  } catch (const std::system_error& error) {
    if (std::ferror(stdout) == 0) throw;
    return output_failed(error.code().value(), outcome.exit_status);
  }
  return flush_results(outcome.exit_status);
}

}  // namespace
}  // namespace foundation

int main(int argc, char** argv) {
  // A closed pipe shows as a failed write where it is written to, instead of ending the process.
  const auto broken_pipe = std::signal(SIGPIPE, SIG_IGN);
  try {
    return foundation::core::end_process(foundation::run(argc, argv, broken_pipe));
  } catch (const foundation::core::ContractViolation& violation) {
    return foundation::core::end_process(foundation::report_bug(violation.what()));
  } catch (const std::exception& error) {
    return foundation::core::end_process(foundation::report_bug(error.what()));
  }
}
