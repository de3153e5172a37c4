#include "bench_commands.hpp"

#include <memory>

#include <fmt/format.h>

#include "json_output.hpp"
#include "runtime/bench_commands.hpp"

namespace foundation {
namespace {

struct BenchCommands {
  std::uint32_t starts = 1000;
  int repetitions = 5;
};

void print(const runtime::CommandFigures& figures, int repetitions) {
  fmt::print("{:<38} {:>12} {:>7}\n",
             fmt::format("/bin/true {} times, best of {}", figures.starts, repetitions), "a second",
             "ratio");
  for (const runtime::CommandCase& it : figures.cases) {
    if (it.per_s == 0) {
      fmt::print("{:<38} {:>12}\n", it.name, "not there");
    } else {
      fmt::print("{:<38} {:>12.0f} {:>7.2f}\n", it.name, it.per_s, figures.ratio(it));
    }
  }
}

void run(const BenchCommands& options, const Outcome& outcome) {
  const auto figures = runtime::bench_commands(options.starts, options.repetitions);
  if (!outcome.json) return print(figures, options.repetitions);
  nlohmann::json cases = nlohmann::json::array();
  for (const runtime::CommandCase& it : figures.cases)
    cases.push_back({{"name", it.name}, {"per_second", it.per_s}, {"ratio", figures.ratio(it)}});
  print_json({{"schema", 1}, {"starts", figures.starts}, {"cases", cases}});
}

}  // namespace

void add_bench_commands(CLI::App& bench, Outcome& outcome) {
  const auto options = std::make_shared<BenchCommands>();
  CLI::App* command = bench.add_subcommand(
      "command", "Programs started a second with limits set, beside a bare loop and xargs");
  command->add_flag("--json", outcome.json, "Figures as JSON");
  command->add_option("--starts", options->starts, "Starts in each repetition")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  command->add_option("--repetitions", options->repetitions, "The best of so many counts")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  command->callback([options, &outcome] { run(*options, outcome); });
}

}  // namespace foundation
