// What strategies find in the simulated world of tests/optimize/text_world.hpp when all may take as
// many evaluations: cells of train and validation, and texts. Prints one table for each number of
// stages: the mean over the seeds of the winner's true quality with its 95 % interval, and what it
// took.
// Usage: texts_compare [EVALUATIONS [SEEDS]]

#include <array>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "tests/optimize/text_world.hpp"

namespace foundation::optimize::testing {
namespace {

constexpr std::array<std::string_view, 7> kinds{
    "random", "bootstrap_random_search", "copro", "mipro", "beacon", "gepa", "simba"};

struct Sample {
  double mean = 0;
  double half_width = 0;  ///< of the 95 % interval
};

Sample describe(const std::vector<double>& values) {
  const auto count = static_cast<double>(values.size());
  Sample sample;
  for (const double value : values) sample.mean += value / count;
  double squares = 0;
  for (const double value : values) squares += (value - sample.mean) * (value - sample.mean);
  if (values.size() > 1) sample.half_width = 1.96 * std::sqrt(squares / (count - 1) / count);
  return sample;
}

struct Row {
  Sample quality;
  double candidates = 0;
  double texts = 0;
  double rounds = 0;  ///< of requests, a heat
};

Row measure(std::string_view kind, std::uint32_t stages, std::uint64_t evaluations,
            std::uint64_t seeds) {
  Row row;
  std::vector<double> found;
  for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
    const TextWorld world{{.stages = stages, .seed = seed}};
    StrategyOptions strategy;
    strategy.kind = std::string{kind};
    strategy.candidates = 1'000'000;
    strategy.iteration = 8;
    strategy.bootstrapped = 4;
    strategy.labeled = 2;
    strategy.seed = seed;
    const WorldCourse course = run_world(world, {.strategy = strategy, .most_cells = evaluations});
    found.push_back(course.best);
    const auto all = static_cast<double>(seeds);
    row.candidates += static_cast<double>(course.candidates.size()) / all;
    row.texts += static_cast<double>(course.samples) / all;
    for (const std::uint32_t rounds : course.rounds)
      row.rounds += rounds / all / static_cast<double>(course.rounds.size());
  }
  row.quality = describe(found);
  return row;
}

void print_table(std::uint64_t evaluations, std::uint64_t seeds) {
  for (const std::uint32_t stages : {1U, 3U}) {
    const TextWorld world{{.stages = stages}};
    fmt::print("{} stage(s), {} evaluations, {} seeds; the bare program has {:.3f}\n", stages,
               evaluations, seeds, world.quality(world.space().initial()));
    fmt::print("{:<24} {:>16} {:>11} {:>7} {:>14}\n", "strategy", "quality", "candidates", "texts",
               "rounds a heat");
    for (const std::string_view kind : kinds) {
      const Row row = measure(kind, stages, evaluations, seeds);
      fmt::print("{:<24} {:>8.3f} ± {:.3f} {:>11.0f} {:>7.0f} {:>14.1f}\n", kind, row.quality.mean,
                 row.quality.half_width, row.candidates, row.texts, row.rounds);
    }
    fmt::print("\n");
  }
}

}  // namespace
}  // namespace foundation::optimize::testing

int main(int argc, char** argv) {
  try {
    const std::uint64_t evaluations = argc > 1 ? std::stoull(argv[1]) : 3000;
    const std::uint64_t seeds = argc > 2 ? std::stoull(argv[2]) : 20;
    foundation::optimize::testing::print_table(evaluations, seeds);
  } catch (const std::exception& error) {
    fmt::print(stderr, "error: {}\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
