#include "optimize/detail/unit_cube.hpp"

#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::detail {
namespace {

using model::Assignment;
using model::Space;
using namespace model::testing;
using ::testing::ElementsAre;

std::vector<std::string> names_of(const UnitCube& cube) {
  std::vector<std::string> names;
  for (const Axis& axis : cube.axes()) names.push_back(axis.name());
  return names;
}

TEST(UnitCube, gives_an_axis_to_what_varies_and_nothing_else) {
  model::Parameter fixed_flag = boolean("fixed_flag", true);
  fixed_flag.choices = {"true"};
  model::Parameter free_text = categorical("free_text", {});
  free_text.kind = model::ParameterKind::text;
  free_text.initial = std::string{"as it is"};
  model::Parameter texts = categorical("texts", {"short", "long"});
  texts.kind = model::ParameterKind::text;
  const Space space{{real("fixed", 2, 2, 2), real("x", 0, 1, 0), integer("one", 3, 3, 3),
                     integer("n", -2, 2, 0), categorical("only", {"this"}), fixed_flag, free_text,
                     texts, boolean("flag", false), demonstrations("shown", 0, 5)}};
  const UnitCube cube{space};
  EXPECT_THAT(names_of(cube), ElementsAre("x", "n", "texts", "flag"));
  EXPECT_EQ(cube.axes()[0].cells(), 0U);
  EXPECT_EQ(cube.axes()[1].cells(), 5U);
  EXPECT_TRUE(cube.axes()[1].is_ordered());
  EXPECT_FALSE(cube.axes()[2].is_ordered());
  const Assignment middle = cube.to_assignment(std::vector<double>(4, 0.5));
  EXPECT_EQ(space.problem_of(middle), "");
  EXPECT_EQ(middle.real("fixed"), 2);
  EXPECT_EQ(middle.text("free_text"), "as it is");
}

TEST(UnitCube, cells_are_equally_wide) {
  const Space space{{integer("n", -3, 6, 0), categorical("c", {"x", "y", "z"})}};
  const UnitCube cube{space};
  std::array<int, 10> numbers{};
  std::array<int, 3> choices{};
  constexpr int steps = 3000;
  for (int i = 0; i < steps; ++i) {
    const double u = (i + 0.5) / steps;
    const Assignment at = cube.to_assignment(std::vector{u, u});
    ++numbers.at(static_cast<std::size_t>(at.integer("n") + 3));
    ++choices.at(static_cast<std::size_t>(at.text("c")[0] - 'x'));
  }
  for (const int count : numbers) EXPECT_EQ(count, steps / 10);
  for (const int count : choices) EXPECT_EQ(count, steps / 3);
}

TEST(UnitCube, ends_of_the_cube_are_ends_of_the_ranges) {
  const Space space{{real("x", -0.1, 0.7, 0), log_real("s", 1e-3, 10, 1), integer("n", 1, 15, 3)}};
  const UnitCube cube{space};
  const Assignment low = cube.to_assignment(std::vector<double>(3, 0));
  EXPECT_EQ(low.real("x"), -0.1);
  EXPECT_DOUBLE_EQ(low.real("s"), 1e-3);
  EXPECT_EQ(low.integer("n"), 1);
  const Assignment high = cube.to_assignment(std::vector<double>(3, 1));
  EXPECT_DOUBLE_EQ(high.real("x"), 0.7);
  EXPECT_DOUBLE_EQ(high.real("s"), 10);
  EXPECT_EQ(high.integer("n"), 15);
  const Assignment middle = cube.to_assignment(std::vector<double>(3, 0.5));
  EXPECT_DOUBLE_EQ(middle.real("s"), 0.1);
}

/// There and back again for random assignments: the same values, reals up to rounding.
TEST(UnitCube, finds_the_point_of_an_assignment) {
  const Space space = classifier_space();
  const UnitCube cube{space};
  for (std::uint32_t i = 0; i < 200; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    Assignment drawn = space.sample(stream, 300);
    drawn.set("demonstrations", model::Demonstrations{});
    const std::vector<double> point = cube.to_point(drawn);
    for (const double u : point) EXPECT_TRUE(u >= 0 && u <= 1);
    Assignment back = cube.to_assignment(point);
    if (drawn.find("smoothing") != nullptr) {
      EXPECT_NEAR(back.real("smoothing") / drawn.real("smoothing"), 1, 1e-12);
      back.set("smoothing", drawn.real("smoothing"));
    }
    EXPECT_EQ(back, drawn) << i;
  }
}

TEST(UnitCube, inactive_parameters_keep_their_coordinates) {
  const Space space = classifier_space();
  const UnitCube cube{space};
  ASSERT_THAT(names_of(cube), ElementsAre("rule", "neighbours", "smoothing", "lower_case"));
  const std::vector<double> centroid{0.9, 0.1, 0.2, 0.3};
  const Assignment at = cube.to_assignment(centroid);
  EXPECT_EQ(at.text("rule"), "centroid");
  EXPECT_EQ(at.find("neighbours"), nullptr);
  EXPECT_EQ(at.find("smoothing"), nullptr);
  EXPECT_EQ(space.problem_of(at), "");
  const std::vector<double> back = cube.to_point(at);
  EXPECT_EQ(back[1], cube.axes()[1].coordinate_of(std::int64_t{3}));
  EXPECT_EQ(back[2], cube.axes()[2].coordinate_of(1.0));
}

/// Random points are valid whatever the conditions; ranges at the edge of what a double counts
/// or divides are no exception.
TEST(UnitCube, every_point_is_a_valid_assignment) {
  const double tiny = std::nextafter(1.0, 2.0);
  const Space space{{boolean("on", true),
                     only_if(integer("huge", -0x1p53, 0x1p53, 0), "on", {"true"}),
                     only_if(log_real("narrow", 1, tiny, 1), "huge", {"0"}),
                     real("wide", -1e300, 1e300, 0), log_real("orders", 1e-300, 1e300, 1)}};
  const UnitCube cube{space};
  core::Stream stream{1, core::Purpose::simulate};
  for (int i = 0; i < 1000; ++i) {
    std::vector<double> point(cube.dimension());
    for (double& u : point) u = i < 2 ? i : stream.uniform();
    const Assignment at = cube.to_assignment(point);
    EXPECT_EQ(space.problem_of(at), "");
    EXPECT_EQ(space.problem_of(cube.to_assignment(cube.to_point(at))), "");
  }
}

}  // namespace
}  // namespace foundation::optimize::detail
