/// Runs a strategy on the black-box functions by ask and tell, one proposal at a time, and prints
/// a line `function,dimension,instance,gap,seconds` for each run: how far the best value found is
/// above the minimum, and the time spent in the strategy alone. compare.py reads it.
#include <chrono>
#include <cstdio>
#include <exception>
#include <string>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "core/error.hpp"
#include "optimize/strategy.hpp"
#include "tests/benchmarks/black_box/bbob.hpp"

namespace foundation::benchmarks {
namespace {

struct RunOptions {
  optimize::StrategyOptions strategy;
  std::vector<std::uint32_t> functions, dimensions, instances;
  std::uint32_t evaluations_per_dimension = 200;
  std::uint64_t seed = 0;
};

/// No train split here.
class NoEvidence final : public optimize::TrainEvidence {
 public:
  [[nodiscard]] std::span<const model::CellResult> results(model::CandidateIndex, std::uint32_t,
                                                           std::uint32_t) const override {
    return {};
  }
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
    const optimize::Reply reply = strategy->ask(index, NoEvidence{});
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
        options.strategy.seed = instance + options.seed;
        const auto function = make_function(number, dimension, instance);
        const RunResult result = run(options.strategy, *function);
        fmt::print("{},{},{},{:.6e},{:.6f}\n", number, dimension, instance, result.gap,
                   result.seconds);
        std::fflush(stdout);
      }
    }
  }
}

}  // namespace
}  // namespace foundation::benchmarks

int main(int argc, char** argv) {
  foundation::benchmarks::RunOptions options;
  CLI::App app{"Runs a strategy on the black-box functions."};
  app.add_option("--strategy", options.strategy.kind)->required();
  app.add_option("--functions", options.functions)->required()->delimiter(',');
  app.add_option("--dimensions", options.dimensions)->required()->delimiter(',');
  app.add_option("--instances", options.instances)->required()->delimiter(',');
  app.add_option("--per-dimension", options.evaluations_per_dimension,
                 "evaluations of a run over its dimension");
  app.add_option("--seed", options.seed, "added to the instance, which is the seed otherwise");
  app.add_option("--initial-step", options.strategy.initial_step);
  app.add_option("--population", options.strategy.population);
  CLI11_PARSE(app, argc, argv);
  try {
    foundation::benchmarks::run_all(std::move(options));
  } catch (const foundation::core::Error& error) {
    fmt::print(stderr, "{}: {}\n", error.what(), error.hint());
    return 2;
  } catch (const std::exception& error) {
    fmt::print(stderr, "{}\n", error.what());
    return 2;
  }
}
