#include "optimize/detail/parzen.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/exact_math.hpp"
#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::detail {
namespace {

namespace spaces = model::testing;
using core::exact::exp;

const Axis real_axis{spaces::real("x", 0, 1, 0)};
const Axis integer_axis{spaces::integer("k", 0, 9, 0)};
const Axis choice_axis{spaces::categorical("c", {"p", "q", "r", "s"})};

double log_density_of(const AxisKernel& kernel, double x, double centre) {
  double sum = 0;
  kernel.add_log_densities(x, std::span{&centre, 1}, std::span{&sum, 1});
  return sum;
}

TEST(AxisKernel, contracts_as_the_good_gather) {
  const std::vector<double> wide{0.1, 0.9, 0.4, 0.7};
  const std::vector<double> narrow{0.41, 0.42, 0.40, 0.415};
  const double first = AxisKernel{real_axis, wide, 1}.width();
  const double second = AxisKernel{real_axis, narrow, 1}.width();
  EXPECT_GT(first, 0.3);
  EXPECT_LT(second, 0.05);
  const std::vector<double> one{0.5};
  EXPECT_GT((AxisKernel{real_axis, one, 1}.width()), 0.5);
  const std::vector<double> same{0.5, 0.5, 0.5, 0.5};
  EXPECT_GT((AxisKernel{real_axis, same, 1}.width()), 0);
  EXPECT_GT((AxisKernel{integer_axis, same, 1}.width()), 0.03);
}

TEST(AxisKernel, is_a_density_on_reals) {
  const AxisKernel kernel{real_axis, std::vector<double>{0.5, 0.52, 0.49, 0.51}, 1};
  double integral = 0;
  for (int i = 0; i < 10'000; ++i) {
    integral += exp(log_density_of(kernel, (i + 0.5) / 10'000, 0.5)) / 10'000;
  }
  EXPECT_NEAR(integral, 1, 1e-6);
}

TEST(AxisKernel, is_a_density_on_cells_whatever_its_width) {
  const Axis many{spaces::integer("k", 0, 99, 0)};
  for (const double spread : {0.0, 0.002, 0.02, 0.05}) {
    const std::vector<double> good{0.505, 0.505 + spread, 0.505 - spread, 0.505};
    const AxisKernel kernel{many, good, 1};
    double sum = 0;
    for (std::uint64_t cell = 0; cell < 100; ++cell) {
      sum += exp(log_density_of(kernel, many.centre_of(cell), 0.505)) / 100;
    }
    EXPECT_NEAR(sum, 1, 1e-6) << kernel.width();
  }
}

TEST(AxisKernel, is_a_density_on_choices) {
  const AxisKernel kernel{choice_axis, std::vector<double>{0.125, 0.125, 0.375}, 1};
  double sum = 0;
  for (std::uint64_t cell = 0; cell < 4; ++cell) {
    sum += exp(log_density_of(kernel, choice_axis.centre_of(cell), 0.125)) / 4;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  EXPECT_GT(log_density_of(kernel, 0.125, 0.125), log_density_of(kernel, 0.375, 0.125));
}

TEST(AxisKernel, says_nothing_around_absent_centres) {
  for (const Axis& axis : {real_axis, integer_axis, choice_axis}) {
    const AxisKernel kernel{axis, std::vector<double>{0.125, 0.375}, 1};
    EXPECT_EQ(log_density_of(kernel, 0.375, absent), 0) << axis.name();
  }
}

TEST(AxisKernel, draws_what_its_density_says) {
  for (const Axis& axis : {real_axis, choice_axis}) {
    const AxisKernel kernel{axis, std::vector<double>{0.1, 0.3, 0.2, 0.4}, 1};
    core::Stream stream{1, core::Purpose::simulate};
    std::array<double, 4> drawn{};
    std::array<double, 4> expected{};
    for (int i = 0; i < 20'000; ++i) {
      const double x = kernel.draw(0.375, stream);
      ASSERT_TRUE(x >= 0 && x <= 1);
      drawn[std::min<std::size_t>(3, static_cast<std::size_t>(4 * x))] += 1.0 / 20'000;
    }
    double total = 0;
    for (std::size_t i = 0; i < 1000; ++i) {
      const double x = (static_cast<double>(i) + 0.5) / 1000;
      const double at = axis.is_ordered() ? x : axis.centre_of(axis.cell_at(x));
      expected[i / 250] += exp(log_density_of(kernel, at, 0.375));
      total += exp(log_density_of(kernel, at, 0.375));
    }
    for (std::size_t i = 0; i < 4; ++i) EXPECT_NEAR(drawn[i], expected[i] / total, 0.015);
  }
}

PointTable table_of(std::initializer_list<std::vector<double>> points) {
  PointTable table{points.size() == 0 ? 1 : points.begin()->size()};
  std::size_t row = 0;
  for (const std::vector<double>& point : points) table.insert(row++, point);
  return table;
}

/// A density of two centres on a real and a choice that is inactive at the second one.
class ConditionalDensity : public ::testing::Test {
 protected:
  PointTable centres_ = table_of({{0.2, 0.125}, {0.8, absent}});
  std::vector<AxisKernel> kernels_{
      AxisKernel{real_axis, std::vector<double>{0.2, 0.21, 0.19, 0.2}, 1},
      AxisKernel{choice_axis, std::vector<double>{0.125, 0.125}, 1}};
  ParzenDensity density_{kernels_, centres_, 0, {3, 1}, 0.5};
};

TEST_F(ConditionalDensity, adds_up_to_one_over_every_active_set) {
  for (const bool active : {false, true}) {
    double integral = 0;
    for (int i = 0; i < 4000; ++i) {
      const double x = (i + 0.5) / 4000;
      for (std::uint64_t cell = 0; cell < (active ? 4U : 1U); ++cell) {
        const std::vector<double> at{x, active ? choice_axis.centre_of(cell) : absent};
        integral += exp(density_.log_density(at)) / 4000 / (active ? 4 : 1);
      }
    }
    EXPECT_NEAR(integral, 1, 1e-6) << active;
  }
}

TEST_F(ConditionalDensity, draws_from_its_centres_by_weight) {
  std::array<int, 3> drawn{};
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    const ParzenDraw draw = density_.draw(stream);
    ASSERT_EQ(draw.point.size(), 2U);
    ++drawn[draw.centre ? *draw.centre : 2];
  }
  EXPECT_NEAR(drawn[0], 6000, 200);
  EXPECT_NEAR(drawn[1], 2000, 200);
  EXPECT_NEAR(drawn[2], 2000, 200);
}

TEST(ParzenDensity, survives_many_narrow_axes) {
  constexpr std::size_t axes = 400;
  const std::vector<double> same{0.5, 0.5, 0.5, 0.5};
  const std::vector<AxisKernel> kernels(axes, AxisKernel{real_axis, same, axes});
  const std::vector<double> centre(axes, 0.5);
  const std::vector<double> far(axes, 0.1);
  const PointTable centres = table_of({centre});
  const ParzenDensity density{kernels, centres, 0, {1}, 1};
  EXPECT_GT(density.log_density(centre), 1000);
  EXPECT_NEAR(density.log_density(far), core::exact::log(0.5), 1e-12);
}

TEST(ParzenDensity, is_approached_from_below_centre_by_centre) {
  PointTable centres{1};
  for (std::size_t i = 0; i < 300; ++i) {
    centres.insert(i, std::vector<double>{static_cast<double>(i * 7 % 300) / 300});
  }
  const std::vector<AxisKernel> kernels{
      AxisKernel{real_axis, std::vector<double>{0.5, 0.51, 0.49, 0.5}, 1}};
  const ParzenDensity density{kernels, centres, 0, std::vector<double>(300, 1), 1};
  const std::vector<double> at{0.3};
  double expected = 0;
  for (const double centre : centres.on(0)) {
    expected += exp(log_density_of(kernels[0], at[0], centre)) / 301;
  }
  ParzenDensity::Sum sum = density.begin();
  double last = ParzenDensity::log_of(sum);
  EXPECT_NEAR(last, core::exact::log(1.0 / 301), 1e-12);
  for (; !density.is_complete(sum); density.extend(sum, at)) {
    EXPECT_GE(ParzenDensity::log_of(sum), last);
    last = ParzenDensity::log_of(sum);
  }
  EXPECT_NEAR(ParzenDensity::log_of(sum), core::exact::log(expected + 1.0 / 301), 1e-9);
  EXPECT_EQ(density.log_density(at), ParzenDensity::log_of(sum));
}

TEST(ParzenDensity, is_uniform_without_centres) {
  const std::vector<AxisKernel> kernels{AxisKernel{real_axis, {}, 1}};
  const PointTable none = table_of({});
  const ParzenDensity density{kernels, none, 0, {}, 0.5};
  EXPECT_EQ(density.log_density(std::vector<double>{0.3}), 0);
}

}  // namespace
}  // namespace foundation::optimize::detail
