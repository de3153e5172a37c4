/// Runs a strategy on the black-box functions by ask and tell, one proposal at a time, and prints
/// a line `function,dimension,instance,gap,seconds` for each run: how far the best value found is
/// above the minimum, and the time spent in the strategy alone. The seed of a run is its instance.
/// compare.py calls it.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <exception>
#include <limits>
#include <string>

#include <fmt/format.h>

#include "core/error.hpp"
#include "optimize/no_evidence.hpp"
#include "tests/benchmarks/black_box/bbob.hpp"

namespace foundation::benchmarks {
namespace {

struct RunOptions {
  optimize::StrategyOptions strategy;
  std::vector<std::uint32_t> functions, dimensions, instances;
  std::uint32_t evaluations_per_dimension = 200;
};

model::Space cube(std::size_t dimension) {
  std::vector<model::Parameter> parameters;
  for (std::size_t i = 0; i < dimension; ++i) {
    parameters.push_back({.name = fmt::format("x{}", i),
                          .kind = model::ParameterKind::real,
                          .low = -search_bound,
                          .high = search_bound,
                          .choices = {},
                          .initial = 0.0,
                          .conditions = {},
                          .description = {}});
  }
  return model::Space{std::move(parameters)};
}

struct RunResult {
  double gap = 0;
  double seconds = 0;
};

std::vector<double> coordinates(const model::Assignment& assignment) {
  std::vector<double> x;
  for (const model::Setting& setting : assignment.settings()) {
    x.push_back(std::get<double>(setting.value));
  }
  return x;
}

RunResult run(const optimize::StrategyOptions& options, BlackBox& function) {
  using Clock = std::chrono::steady_clock;
  auto started = Clock::now();
  const auto strategy = optimize::make_strategy(
      options,
      {.space = cube(function.optimum().size()), .train_size = 0, .trials = 1, .maximise = false});
  RunResult result{.gap = std::numeric_limits<double>::infinity(), .seconds = 0};
  for (std::uint32_t index = 0;; ++index) {
    const optimize::Reply reply = strategy->ask(index, optimize::NoEvidence{});
    if (!std::holds_alternative<model::Candidate>(reply)) break;
    const auto& candidate = std::get<model::Candidate>(reply);
    strategy->accept(candidate);
    result.seconds += std::chrono::duration<double>(Clock::now() - started).count();
    const double value = function.evaluate(coordinates(candidate.assignment));
    result.gap = std::min(result.gap, value - function.minimum());
    started = Clock::now();
    strategy->tell({.index = index, .score = value, .cells = 1, .complete = true, .valid = true});
  }
  result.seconds += std::chrono::duration<double>(Clock::now() - started).count();
  return result;
}

void run_all(RunOptions options) {
  for (const std::uint32_t dimension : options.dimensions) {
    options.strategy.candidates = options.evaluations_per_dimension * dimension;
    for (const std::uint32_t number : options.functions) {
      for (const std::uint32_t instance : options.instances) {
        options.strategy.seed = instance;
        const auto function = make_function(number, dimension, instance);
        const RunResult result = run(options.strategy, *function);
        fmt::print("{},{},{},{:.6e},{:.6f}\n", number, dimension, instance, result.gap,
                   result.seconds);
        std::fflush(stdout);
      }
    }
  }
}

/// "1,3,5"
std::vector<std::uint32_t> numbers(const std::string& text) {
  std::vector<std::uint32_t> found;
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    found.push_back(static_cast<std::uint32_t>(std::stoul(text.substr(begin, end - begin))));
    begin = end + 1;
  }
  return found;
}

}  // namespace
}  // namespace foundation::benchmarks

int main(int argc, char** argv) {
  using foundation::benchmarks::numbers;
  const std::vector<std::string> arguments(argv + 1, argv + argc);
  if (arguments.size() != 5) {
    fmt::print(stderr,
               "usage: black_box_run STRATEGY FUNCTIONS DIMENSIONS INSTANCES PER_DIMENSION\n"
               "lists like 1,3,5; PER_DIMENSION is a run's evaluations over its dimension\n");
    return 2;
  }
  try {
    foundation::benchmarks::RunOptions options;
    options.strategy.kind = arguments[0];
    options.functions = numbers(arguments[1]);
    options.dimensions = numbers(arguments[2]);
    options.instances = numbers(arguments[3]);
    options.evaluations_per_dimension = numbers(arguments[4]).front();
    foundation::benchmarks::run_all(std::move(options));
  } catch (const foundation::core::Error& error) {
    fmt::print(stderr, "black_box_run: {}: {}\n", error.what(), error.hint());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "black_box_run: {}\n", error.what());
    return 2;
  }
}
