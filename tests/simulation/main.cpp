#include <chrono>
#include <cstdio>
#include <optional>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "tests/simulation/busy.hpp"
#include "tests/simulation/seeds.hpp"

namespace foundation::simulation {
namespace {

struct Arguments {
  std::optional<std::uint64_t> seed;
  std::optional<std::string> faults;
  std::string seeds = "1:2000";
  bool trace = false;
  bool log_hash = false;
  bool busy = false;
};

void parse(CLI::App& app, Arguments& arguments) {
  app.add_option("--seed", arguments.seed, "Run one seed and explain its failure, if any");
  app.add_option("--faults", arguments.faults, "With --seed: exactly these faults");
  app.add_option("--seeds", arguments.seeds, "Run seeds FROM:COUNT")
      ->check(CLI::Validator{[](const std::string& text) {
                               std::uint64_t from = 0, count = 0;
                               char colon = 0, more = 0;
                               const int read = std::sscanf(text.c_str(), "%lu%c%lu%c", &from,
                                                            &colon, &count, &more);
                               return read == 3 && colon == ':' ? "" : "FROM:COUNT is wanted";
                             },
                             "FROM:COUNT"});
  app.add_flag("--trace", arguments.trace, "With --seed: print the event log");
  app.add_flag("--log-hash", arguments.log_hash, "Print the hash over all event logs only");
  app.add_flag("--busy", arguments.busy, "Measure how busy slots are kept (virtual time)");
}

int run_one(const Arguments& arguments) {
  const Options options = draw_options(*arguments.seed);
  auto faults = arguments.faults ? parse_faults(*arguments.faults) : draw_faults(options);
  if (!faults) {
    fmt::print(stderr, "error: '{}' is not a list of faults\n", *arguments.faults);
    return 2;
  }
  fmt::print("{}{}\n", describe(options), to_text(*faults));
  const RunResult result = simulate(options, *faults, arguments.trace);
  fmt::print("{} events, {} sessions, {} faults, {:.3f} s of virtual time, log {:016x}\n",
             result.events, result.sessions, result.faults, result.virtual_s, result.log_hash);
  if (result.violation.empty()) return 0;
  fmt::print("VIOLATION: {}\n", result.violation);
  if (!arguments.faults) fmt::print("{}", explain(*arguments.seed));
  return 1;
}

int run_many(const Arguments& arguments) {
  std::uint64_t from = 0;
  std::uint64_t count = 0;
  std::sscanf(arguments.seeds.c_str(), "%lu:%lu", &from, &count);
  const auto begin = std::chrono::steady_clock::now();
  const SeedsResult result = run_seeds(from, count, false);
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
  if (arguments.log_hash) {
    fmt::print("{:016x}\n", result.log_hash);
  } else {
    fmt::print(
        "{} seeds in {:.1f} s ({:.0f}/s): {} events, {} sessions, {} faults, {:.0f} s of "
        "virtual time, {} failing\n",
        result.seeds, span.count(), static_cast<double>(result.seeds) / span.count(), result.events,
        result.sessions, result.faults, result.virtual_s, result.failing.size());
  }
  for (std::size_t i = 0; i < result.failing.size() && i < 3; ++i)
    fmt::print("{}", explain(result.failing[i]));
  return result.failing.empty() ? 0 : 1;
}

}  // namespace
}  // namespace foundation::simulation

int main(int argc, char** argv) {
  using namespace foundation::simulation;
  CLI::App app{"Runs campaigns in a simulated world of faults and checks what must always hold"};
  Arguments arguments;
  parse(app, arguments);
  CLI11_PARSE(app, argc, argv);
  if (arguments.busy) {
    fmt::print("{}", busy_table(measure_busy(20)));
    return 0;
  }
  return arguments.seed ? run_one(arguments) : run_many(arguments);
}
