#include "optimize/detail/demonstration_sets.hpp"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::detail {
namespace {

namespace spaces = model::testing;

std::size_t common(const Positions& a, const Positions& b) {
  return static_cast<std::size_t>(std::ranges::count_if(
      a, [&b](std::uint32_t position) { return std::ranges::find(b, position) != b.end(); }));
}

TEST(DemonstrationSets, vary_keeps_most_positions_and_all_limits) {
  const Positions parent{5, 3, 8, 60, 41, 2, 99, 17};
  const Positions other{70, 71, 72, 73};
  const std::vector<WeightedPositions> good{{&parent, 1}, {&other, 1}};
  const DemonstrationSets sets{spaces::demonstrations("shown", 6, 9), 100, good, {}};
  double kept = 0;
  double crossed = 0;
  for (std::uint32_t i = 0; i < 1000; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    const Positions varied = sets.vary(parent, stream);
    EXPECT_TRUE(varied.size() >= 6 && varied.size() <= 9);
    EXPECT_EQ(std::set<std::uint32_t>(varied.begin(), varied.end()).size(), varied.size());
    for (const std::uint32_t position : varied) EXPECT_LT(position, 100U);
    EXPECT_GE(common(varied, parent), 3U);
    EXPECT_NE(varied, parent);
    kept += static_cast<double>(common(varied, parent)) / 1000;
    crossed += static_cast<double>(common(varied, other)) / 1000;
  }
  EXPECT_GT(kept, 5);
  EXPECT_GT(crossed, 0.3);
}

TEST(DemonstrationSets, vary_begins_with_nothing_and_takes_everything) {
  const Positions none;
  const DemonstrationSets few{spaces::demonstrations("shown", 0, 3), 10, {}, {}};
  const DemonstrationSets all{spaces::demonstrations("shown", 10, 10), 10, {}, {}};
  for (std::uint32_t i = 0; i < 100; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    EXPECT_LE(few.vary(none, stream).size(), 1U);
    EXPECT_EQ(all.vary(none, stream).size(), 10U);
  }
}

TEST(DemonstrationSets, ratio_prefers_what_good_sets_show) {
  const Positions first{1, 2, 3};
  const Positions second{1, 2, 4};
  const Positions bad{5, 6, 7};
  const std::vector<WeightedPositions> good{{&first, 2}, {&second, 1}};
  const std::vector<WeightedPositions> others{{&bad, 1}};
  const DemonstrationSets sets{spaces::demonstrations("shown", 0, 9), 50, good, others};
  EXPECT_GT(sets.log_ratio({1, 2}), sets.log_ratio({1, 30}));
  EXPECT_GT(sets.log_ratio({1, 30}), sets.log_ratio({30, 31}));
  EXPECT_GT(sets.log_ratio({30, 31}), sets.log_ratio({5, 6}));
  EXPECT_EQ(sets.log_ratio({}), 0);
}

TEST(DemonstrationsModel, varies_all_parameters_of_the_parent) {
  const model::Space space{{spaces::demonstrations("a", 4, 4), spaces::demonstrations("b", 2, 2),
                            spaces::boolean("deep", false),
                            spaces::only_if(spaces::demonstrations("c", 1, 1), "deep", {"true"})}};
  core::Stream stream{1, core::Purpose::simulate};
  const auto parent = space.with_drawn_demonstrations(space.initial(), stream, 40);
  const DemonstrationsModel made{space, 40, std::vector<WeightedAssignment>{{&parent, 1}}, {}};
  model::Assignment wanted = space.initial();
  wanted.set("deep", true);
  const auto varied = made.vary(space.normalised(wanted), &parent, stream);
  EXPECT_EQ(space.problem_of(varied), "");
  EXPECT_GE(common(varied.demonstrations("a").positions, parent.demonstrations("a").positions), 1U);
  EXPECT_EQ(varied.demonstrations("c").positions.size(), 1U) << "drawn anew";
  EXPECT_GT(made.log_ratio(parent), 0);
}

}  // namespace
}  // namespace foundation::optimize::detail
