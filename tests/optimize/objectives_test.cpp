#include "optimize/objectives.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::optimize {
namespace {

using model::CellResult;
using model::CellStatus;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

Contender contender(std::uint32_t candidate, double score, double cost, double latency = 0) {
  return {candidate, {score, cost, latency}};
}

ObjectiveOptions all_three() {
  ObjectiveOptions options;
  options.minimised = {Objective::cost, Objective::latency};
  return options;
}

ObjectiveOptions score_and_cost() {
  ObjectiveOptions options;
  options.minimised = {Objective::cost};
  return options;
}

std::vector<std::uint32_t> front_of(const ObjectiveOptions& options,
                                    const std::vector<Contender>& contenders,
                                    bool maximise = true) {
  std::vector<std::uint32_t> candidates;
  for (const Contender& it : Objectives{options, maximise}.front(contenders))
    candidates.push_back(it.candidate);
  return candidates;
}

std::uint32_t winner_of(const ObjectiveOptions& options, const std::vector<Contender>& contenders,
                        bool maximise = true) {
  const Contender* winner = Objectives{options, maximise}.winner(contenders);
  return winner == nullptr ? model::no_candidate : winner->candidate;
}

using Candidates = std::vector<std::uint32_t>;

TEST(Objectives, mean_over_the_cells_that_have_a_value) {
  const std::vector<CellResult> cells{
      {.score = 1, .cost = 2, .duration_us = 1'000'000, .status = CellStatus::ok},
      {.cost = 4, .duration_us = 2'000'000, .status = CellStatus::timeout},
      {.duration_us = 6'000'000, .status = CellStatus::crashed},
      {.cost = 100, .duration_us = 100, .status = CellStatus::pending}};
  EXPECT_EQ(mean_of(Objective::cost, cells).mean, 3);
  EXPECT_EQ(mean_of(Objective::cost, cells).cells, 2U);
  EXPECT_EQ(mean_of(Objective::latency, cells).mean, 3);
  EXPECT_EQ(mean_of(Objective::latency, cells).cells, 3U);
  EXPECT_TRUE(std::isnan(mean_of(Objective::cost, std::span{cells}.subspan(2, 1)).mean));
  EXPECT_EQ(cost_of(std::span{cells}.first(3)), 6);
}

TEST(Objectives, front_holds_what_nothing_is_better_than_in_everything) {
  const std::vector<Contender> two{contender(0, 0.5, 1), contender(1, 0.9, 5), contender(2, 0.7, 5),
                                   contender(3, 0.7, 2), contender(4, 0.5, 2)};
  EXPECT_EQ(front_of(score_and_cost(), two), (Candidates{1, 3, 0}));
  EXPECT_EQ(front_of(score_and_cost(), two, false), (Candidates{0}));
  EXPECT_EQ(front_of({}, two), (Candidates{1})) << "with one objective the best stands alone";
  EXPECT_TRUE(front_of(score_and_cost(), {}).empty());
}

TEST(Objectives, front_keeps_equals_together) {
  const std::vector<Contender> ties{contender(3, 0.9, 1), contender(1, 0.9, 1),
                                    contender(2, 0.9, 2), contender(0, 0.8, 1)};
  EXPECT_EQ(front_of(score_and_cost(), ties), (Candidates{1, 3}));
  EXPECT_EQ(winner_of(score_and_cost(), ties), 1U);
}

TEST(Objectives, three_objectives) {
  const std::vector<Contender> three{contender(0, 0.9, 5, 5), contender(1, 0.9, 5, 4),
                                     contender(2, 0.8, 1, 9), contender(3, 0.7, 9, 1),
                                     contender(4, 0.7, 9, 2)};
  EXPECT_EQ(front_of(all_three(), three), (Candidates{1, 2, 3}));
  EXPECT_EQ(winner_of(all_three(), three), 1U);
}

TEST(Objectives, an_unknown_value_is_worse_than_any_and_keeps_no_limit) {
  const std::vector<Contender> some{contender(0, 0.5, unknown), contender(1, 0.5, 1e300),
                                    contender(2, 0.9, unknown)};
  EXPECT_EQ(front_of(score_and_cost(), some), (Candidates{2, 1}));
  ObjectiveOptions limited = score_and_cost();
  limited.limits[Objective::cost] = std::numeric_limits<double>::max();
  EXPECT_EQ(winner_of(limited, some), 1U);
}

TEST(Objectives, limits_are_kept_by_the_winner) {
  const std::vector<Contender> some{contender(0, 0.5, 1), contender(1, 0.9, 5),
                                    contender(2, 0.7, 2)};
  ObjectiveOptions options = score_and_cost();
  EXPECT_EQ(winner_of(options, some), 1U);
  options.limits[Objective::cost] = 2;
  EXPECT_EQ(winner_of(options, some), 2U) << "as much as the limit is allowed";
  options.limits[Objective::score] = 0.8;
  EXPECT_EQ(winner_of(options, some), model::no_candidate);
  EXPECT_EQ(winner_of(options, some, false), 0U) << "low scores are better here: at most 0.8";
  options.limits[Objective::cost].reset();
  EXPECT_EQ(winner_of(options, some), 1U);
}

TEST(Objectives, the_cheapest_that_is_good_enough) {
  const std::vector<Contender> some{contender(0, 0.5, 1), contender(1, 0.9, 5),
                                    contender(2, 0.8, 2), contender(3, 0.85, 2)};
  ObjectiveOptions options = score_and_cost();
  options.winner = WinnerRule::cost;
  options.limits[Objective::score] = 0.75;
  EXPECT_EQ(winner_of(options, some), 3U) << "of two equally cheap ones the better";
}

TEST(Objectives, weights_are_of_scaled_values) {
  const std::vector<Contender> some{contender(0, 0.5, 1000), contender(1, 0.9, 5000),
                                    contender(2, 0.8, 2000)};
  ObjectiveOptions options = score_and_cost();
  options.winner = WinnerRule::weights;
  EXPECT_EQ(winner_of(options, some), 2U) << "0.75 of the scores and 0.75 of the costs";
  options.weights = {10, 1, 1};
  EXPECT_EQ(winner_of(options, some), 1U);
  options.weights = {1, 10, 1};
  EXPECT_EQ(winner_of(options, some), 0U);
  options.weights = {0, 1, 1};
  EXPECT_EQ(winner_of(options, {contender(0, 0.5, 1), contender(1, 0.6, 1)}), 1U)
      << "what is not weighed tells equals apart";
}

/// Whoever is looked at, in whatever order: winners are on the front and found one after another.
TEST(Objectives, winners_are_on_the_front) {
  core::Stream stream{3, core::Purpose::simulate};
  for (int round = 0; round < 2000; ++round) {
    ObjectiveOptions options = all_three();
    options.winner = static_cast<WinnerRule>(stream.below(4));
    options.weights = {stream.uniform(), stream.uniform(), static_cast<double>(stream.below(2))};
    if (stream.chance(0.5)) options.limits[Objective::cost] = 3;
    if (stream.chance(0.3)) options.limits[Objective::score] = 2;
    const Objectives objectives{options, stream.chance(0.5)};
    WinnerChoice choice{objectives};
    std::vector<Contender> contenders;
    for (std::uint32_t i = 0; i < 1 + stream.below(12); ++i) {
      const auto value = [&] {
        return stream.chance(0.05) ? unknown : static_cast<double>(stream.below(6));
      };
      contenders.push_back(contender(i, static_cast<double>(stream.below(6)), value(), value()));
      choice.add(contenders.back());
      const Contender* winner = objectives.winner(contenders);
      ASSERT_EQ(choice.best() == nullptr, winner == nullptr);
      if (winner == nullptr) continue;
      EXPECT_EQ(choice.best()->candidate, winner->candidate);
      EXPECT_TRUE(objectives.keeps_limits(*winner));
      for (const Contender& other : contenders) EXPECT_FALSE(objectives.dominates(other, *winner));
    }
    const std::vector<Contender> front = objectives.front(contenders);
    for (const Contender& it : contenders) {
      const auto is_it = [&](const Contender& other) { return other.candidate == it.candidate; };
      const auto beats = [&](const Contender& other) { return objectives.dominates(other, it); };
      EXPECT_EQ(std::ranges::any_of(front, is_it), std::ranges::none_of(contenders, beats));
    }
  }
}

}  // namespace
}  // namespace foundation::optimize
