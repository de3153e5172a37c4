#include <charconv>
#include <chrono>
#include <cstdio>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "tests/simulation/busy.hpp"
#include "tests/simulation/seeds.hpp"

namespace foundation::simulation {
namespace {

struct Arguments {
  std::optional<std::uint64_t> seed;
  std::optional<std::string> faults;
  std::uint64_t first = 1;
  std::uint64_t count = 2000;
  bool trace = false;
  bool log_hash = false;
  bool busy = false;
  bool matrix = false;
  SeedClass kind = SeedClass::normal;
};

constexpr std::string_view usage =
    "foundation-sim: runs campaigns in a simulated world of faults, checks what must always hold\n"
    "  --seeds FROM:COUNT   run these seeds (default 1:2000) and explain the failing ones\n"
    "  --log-hash           with it: print the hash over all event logs only\n"
    "  --matrix             with it: print how often each fault hit each phase of a session\n"
    "  --damage             stored data is damaged, too: right answer or diagnosis\n"
    "  --seed S             run one seed and explain its failure, if any\n"
    "  --faults 'A B ...'   with it: exactly these faults\n"
    "  --trace              with it: print what happens\n"
    "  --busy               measure how busy slots are kept (virtual time)\n";

std::optional<std::uint64_t> to_number(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

bool set_seeds(Arguments& arguments, std::string_view text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string_view::npos) return false;
  const auto first = to_number(text.substr(0, colon));
  const auto count = to_number(text.substr(colon + 1));
  arguments.first = first.value_or(0);
  arguments.count = count.value_or(0);
  return first && count;
}

/// Nothing if the command line cannot be read.
std::optional<Arguments> parse(std::span<char*> words) {
  Arguments arguments;
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string_view word = words[i];
    const bool has_value = word == "--seeds" || word == "--seed" || word == "--faults";
    if (has_value && ++i == words.size()) return std::nullopt;
    if (word == "--seeds") {
      if (!set_seeds(arguments, words[i])) return std::nullopt;
    } else if (word == "--seed") {
      if (!(arguments.seed = to_number(words[i]))) return std::nullopt;
    } else if (word == "--faults") {
      arguments.faults = words[i];
    } else if (word == "--trace") {
      arguments.trace = true;
    } else if (word == "--log-hash") {
      arguments.log_hash = true;
    } else if (word == "--busy") {
      arguments.busy = true;
    } else if (word == "--matrix") {
      arguments.matrix = true;
    } else if (word == "--damage") {
      arguments.kind = SeedClass::damage;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

int run_one(const Arguments& arguments) {
  const Options options = draw_options(*arguments.seed, arguments.kind);
  auto faults = arguments.faults ? parse_faults(*arguments.faults) : draw_faults(options);
  if (!faults) {
    fmt::print(stderr, "error: '{}' is not a list of faults\n", *arguments.faults);
    return 2;
  }
  fmt::print("{}{}\n", describe(options), to_text(*faults));
  const RunResult result = simulate(options, *faults, arguments.trace);
  fmt::print("{} events, {} sessions, {} faults, {:.3f} s of virtual time, log {:016x}\n",
             result.events, result.sessions, result.faults, result.virtual_s, result.log_hash);
  if (!result.diagnosis.empty()) fmt::print("ends with: {}\n", result.diagnosis);
  if (result.violation.empty()) return 0;
  fmt::print("VIOLATION: {}\n", result.violation);
  if (!arguments.faults) fmt::print("{}", explain(*arguments.seed, arguments.kind));
  return 1;
}

int run_many(const Arguments& arguments) {
  const auto begin = std::chrono::steady_clock::now();
  const SeedsResult result = run_seeds(arguments.first, arguments.count, false, arguments.kind);
  const std::chrono::duration<double> span = std::chrono::steady_clock::now() - begin;
  if (arguments.log_hash) {
    fmt::print("{:016x}\n", result.log_hash);
  } else {
    fmt::print(
        "{} seeds in {:.1f} s ({:.0f}/s): {} events, {} sessions, {} faults, {:.0f} s of "
        "virtual time, {} diagnoses, {} failing\n",
        result.seeds, span.count(), static_cast<double>(result.seeds) / span.count(), result.events,
        result.sessions, result.faults, result.virtual_s, result.diagnoses, result.failing.size());
  }
  if (arguments.matrix) fmt::print("{}", matrix_table(result.matrix));
  for (std::size_t i = 0; i < result.failing.size() && i < 3; ++i)
    fmt::print("{}", explain(result.failing[i], arguments.kind));
  return result.failing.empty() ? 0 : 1;
}

}  // namespace
}  // namespace foundation::simulation

int main(int argc, char** argv) {
  using namespace foundation::simulation;
  const auto arguments = parse({argv, static_cast<std::size_t>(argc)});
  if (!arguments) {
    fmt::print(stderr, "{}", usage);
    return 2;
  }
  if (arguments->busy) {
    fmt::print("{}", busy_table(measure_busy(20)));
    return 0;
  }
  return arguments->seed ? run_one(*arguments) : run_many(*arguments);
}
