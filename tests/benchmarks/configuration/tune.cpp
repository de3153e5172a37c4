// Tunes the scenario with a strategy and a race of this project, in one thread and without a
// runtime, and prints the runs used and the settings found, one `name=value` a word.
// Usage: tune STRATEGY RACING RUNS SEED HEAT INSTANCES

#include <algorithm>
#include <array>
#include <cstdlib>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <fmt/format.h>

#include "optimize/trajectory.hpp"
#include "tests/benchmarks/configuration/scenario.hpp"

namespace foundation::configuration {
namespace {

using model::CellRange;
using model::CellResult;

constexpr std::array<std::string_view, 5> racings{"none", "halving", "paired", "asha", "friedman"};

Settings settings_of(const model::Assignment& it) {
  Settings settings{.engine = it.text("engine")[1] - '0',
                    .step = it.real("step"),
                    .decay = it.real("decay"),
                    .mix = it.real("mix"),
                    .restart = it.boolean("restart")};
  if (it.find("depth") != nullptr) settings.depth = static_cast<int>(it.integer("depth"));
  return settings;
}

double mean_cost(std::span<const CellResult> cells) {
  double sum = 0;
  for (const CellResult& cell : cells) sum += cell.score;
  return sum / static_cast<double>(cells.size());
}

void tune(const std::vector<std::string>& words) {
  optimize::StrategyOptions strategy;
  strategy.kind = words.at(0);
  strategy.candidates = 100'000;
  strategy.seed = std::stoull(words.at(3));
  optimize::TrajectoryOptions options;
  options.race.racing =
      static_cast<optimize::Racing>(std::ranges::find(racings, words.at(1)) - racings.begin());
  options.budget = std::stoull(words.at(2));
  options.race.heat = strategy.iteration = static_cast<std::uint32_t>(std::stoul(words.at(4)));
  options.lookahead = options.race.heat;
  options.proposes_by_heats = optimize::proposes_by_heats(strategy.kind);
  options.scale.high = std::numeric_limits<double>::infinity();
  optimize::CellStore store{{0, static_cast<std::uint32_t>(std::stoul(words.at(5))), 0}};
  optimize::Trajectory trajectory{
      options, optimize::make_strategy(strategy, {.space = scenario_space(), .maximise = false}),
      false, [](model::Split, std::span<const CellResult> cells) { return mean_cost(cells); },
      store};
  trajectory.advance();
  for (auto work = trajectory.take_changes().work; !work.empty();
       work = trajectory.take_changes().work) {
    for (const CellRange& range : work) {
      std::vector<CellResult> results;
      const Settings it = settings_of(trajectory.proposals()[range.candidate].candidate.assignment);
      for (std::uint32_t instance = range.begin; instance < range.end; ++instance)
        results.push_back({.score = cost(it, instance), .status = model::CellStatus::ok});
      store.finish(range, results);
      trajectory.advance(&range);
    }
  }
  const Settings it = settings_of(trajectory.proposals()[trajectory.winner()].candidate.assignment);
  fmt::print("runs={} candidates={} engine={} step={} decay={} mix={} depth={} restart={}\n",
             store.finished(), trajectory.proposals().size(), it.engine, it.step, it.decay, it.mix,
             it.depth, it.restart ? 1 : 0);
}

}  // namespace
}  // namespace foundation::configuration

int main(int argc, char** argv) {
  try {
    foundation::configuration::tune({argv + 1, argv + argc});
  } catch (const std::exception& error) {
    fmt::print(stderr, "tune: {}\n", error.what());
    return EXIT_FAILURE;
  }
}
