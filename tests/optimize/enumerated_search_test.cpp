#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/optimize/search_course.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using model::testing::boolean;
using model::testing::categorical;
using model::testing::integer;
using model::testing::log_real;
using model::testing::only_if;
using model::testing::real;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

StrategyOptions grid_of(std::uint32_t levels, std::uint32_t candidates = 100'000) {
  StrategyOptions options = options_for("grid");
  options.levels = levels;
  options.candidates = candidates;
  return options;
}

std::vector<std::vector<double>> own_points(const std::vector<Candidate>& candidates,
                                            std::size_t given = 1) {
  std::vector<std::vector<double>> points;
  for (std::size_t i = given; i < candidates.size(); ++i) {
    points.push_back(numbers_in(candidates[i].assignment));
  }
  return points;
}

TEST(GridSearch, tries_every_combination_once) {
  const Space space{{real("x", 0, 1, 0.123), integer("n", 1, 3, 2), boolean("flag", true),
                     categorical("c", {"a", "b", "d"})}};
  const auto candidates = run(grid_of(5), space);
  EXPECT_EQ(candidates.size(), 1U + 5 * 3 * 2 * 3);
}

TEST(GridSearch, goes_from_the_middle_to_the_ends_to_the_gaps) {
  const Space space{{real("x", 0, 8, 0.123)}};
  const auto points = own_points(run(grid_of(9), space));
  ASSERT_EQ(points.size(), 9U);
  EXPECT_EQ(points[0], std::vector<double>{4});
  EXPECT_THAT((std::set{points[1][0], points[2][0]}), ElementsAre(0, 8));
  EXPECT_THAT((std::set{points[3][0], points[4][0]}), ElementsAre(2, 6));
  const Space log_space{{log_real("x", 1e-4, 1e4, 0.123)}};
  EXPECT_NEAR(own_points(run(grid_of(9), log_space))[0][0], 1, 1e-12);
}

/// The first 9 of a 9 x 9 grid are the 3 x 3 grid, the first 25 the 5 x 5 grid.
TEST(GridSearch, completes_coarse_grids_before_finer_ones) {
  const Space space{{real("x", 0, 8, 0.123), real("y", 0, 8, 0.123)}};
  const auto points = own_points(run(grid_of(9), space));
  ASSERT_EQ(points.size(), 81U);
  for (const auto& [count, step] : {std::pair{9U, 4.0}, std::pair{25U, 2.0}}) {
    for (std::size_t i = 0; i < count; ++i) {
      for (const double coordinate : points[i]) EXPECT_EQ(std::fmod(coordinate, step), 0) << i;
    }
  }
}

TEST(GridSearch, spreads_out_before_a_cut) {
  const Space space{{real("x", 0, 1, 0.123), real("y", 0, 1, 0.123)}};
  const auto points = own_points(run(grid_of(33, 1 + 500), space));
  std::array<int, 4> quarters{};
  for (const auto& point : points) {
    ++quarters.at((point[0] < 0.5 ? 0 : 1) + (point[1] < 0.5 ? 0 : 2));
  }
  for (const int count : quarters) EXPECT_GT(count, 75);
}

TEST(GridSearch, skips_repeats_of_inactive_parameters_and_broken_constraints) {
  const Space space{{categorical("rule", {"a", "b"}),
                     only_if(real("x", 0, 1, 0.123), "rule", {"a"}), real("y", 0, 1, 0.123)},
                    {model::parse_constraint("x + y <= 1")}};
  const auto candidates = run(grid_of(3), space);
  EXPECT_EQ(candidates.size(), 1U + 6 + 3);  // 6 of 9 with x + y <= 1, and 3 without x
}

TEST(GridSearch, refuses_what_never_ends_or_never_fits) {
  const auto error_of = [](const StrategyOptions& options, const Space& space) -> std::string {
    try {
      static_cast<void>(run(options, space));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return std::string{error.what()} + " | " + error.hint();
    }
    return "none";
  };
  EXPECT_THAT(error_of(grid_of(10), Space{reals(20)}), HasSubstr("more than 2^62 points"));
  EXPECT_EQ(error_of(grid_of(10, 5), Space{reals(18)}), "none");
  EXPECT_THAT(error_of(grid_of(0), Space{reals(2)}), HasSubstr("cannot have 0 levels"));
  const Space corner{reals(7, -5), {model::parse_constraint("x0 + x1 + x2 + x3 + x4 + x5 <= -29")}};
  EXPECT_THAT(error_of(grid_of(20), corner), HasSubstr("no point that satisfies the constraints"));
}

TEST(SobolSearch, is_uniform_in_every_power_of_two) {
  for (const std::uint64_t seed : {1U, 2U, 77U}) {
    StrategyOptions options = options_for("sobol");
    options.seed = seed;
    options.candidates = 1 + 64;
    const Space space{reals(6, 0.123)};
    const auto points = own_points(run(options, space));
    ASSERT_EQ(points.size(), 64U);
    for (std::size_t axis = 0; axis < 6; ++axis) {
      std::set<int> cells;
      for (const auto& point : points) {
        cells.insert(static_cast<int>((point[axis] + 5) / 10 * 64));
      }
      EXPECT_EQ(cells.size(), 64U) << "axis " << axis << ", seed " << seed;
    }
    // In two dimensions every 8 x 8 cell, too.
    std::set<std::pair<int, int>> squares;
    for (const auto& point : points) {
      squares.insert(
          {static_cast<int>((point[0] + 5) / 10 * 8), static_cast<int>((point[1] + 5) / 10 * 8)});
    }
    EXPECT_EQ(squares.size(), 64U);
  }
}

TEST(SobolSearch, keeps_constraints_and_ends_when_the_space_is_used_up) {
  StrategyOptions options = options_for("sobol");
  options.candidates = 500;
  const Space triangle{reals(2, -1), {model::parse_constraint("x0 + x1 <= -1")}};
  EXPECT_EQ(run(options, triangle).size(), 500U);
  for (const Candidate& candidate : run(options, triangle)) {
    EXPECT_EQ(triangle.problem_of(candidate.assignment), "");
  }
}

TEST(SobolSearch, knows_thousands_of_dimensions_and_says_when_it_is_too_much) {
  StrategyOptions options = options_for("sobol");
  options.candidates = 3;
  EXPECT_EQ(run(options, Space{reals(1000, 0.123)}).size(), 3U);
  try {
    static_cast<void>(run(options, Space{reals(5000, 0.123)}));
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("but 5000 parameters can vary"));
  }
}

}  // namespace
}  // namespace foundation::optimize
