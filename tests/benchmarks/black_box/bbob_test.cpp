#include "tests/benchmarks/black_box/bbob.hpp"

#include <cmath>
#include <map>
#include <random>

#include <gtest/gtest.h>

#include "tests/benchmarks/black_box/bbob_transforms.hpp"

namespace foundation::benchmarks {
namespace {

TEST(BbobRandom, draws_uniform_numbers) {
  const Vector numbers = uniform_numbers(20'000, 7);
  double sum = 0;
  for (const double number : numbers) {
    EXPECT_GT(number, 0);
    EXPECT_LE(number, 1);
    sum += number;
  }
  EXPECT_NEAR(sum / 20'000, 0.5, 0.01);
  EXPECT_EQ(uniform_numbers(5, 7), Vector(numbers.begin(), numbers.begin() + 5));
}

/// Values of the testbed's first instance, as its data files state them.
TEST(BbobRandom, makes_the_published_instances) {
  const std::map<std::uint32_t, double> minima{
      {1, 79.48},   {2, -209.88}, {3, -462.09}, {4, -462.09}, {5, -9.21},  {6, 35.9},   {8, 149.15},
      {10, -54.94}, {15, 1000},   {20, -546.5}, {21, 40.78},  {22, -1000}, {24, 102.61}};
  for (const auto& [number, minimum] : minima) {
    EXPECT_EQ(make_function(number, 5, 1)->minimum(), minimum) << function_name(number);
  }
  const auto sphere = make_function(1, 2, 1);
  EXPECT_NEAR(sphere->optimum()[0], 0.2528, 1e-12);
  EXPECT_NEAR(sphere->optimum()[1], -1.1568, 1e-12);
}

TEST(BbobRandom, rotations_are_orthogonal) {
  for (const std::size_t d : {2U, 5U, 20U}) {
    const Rows rotation = random_rotation(d, 10'013);
    for (std::size_t i = 0; i < d; ++i) {
      for (std::size_t j = 0; j < d; ++j) {
        double product = 0;
        for (std::size_t k = 0; k < d; ++k) product += rotation[i][k] * rotation[j][k];
        EXPECT_NEAR(product, i == j ? 1 : 0, 1e-12);
      }
    }
  }
}

class EveryFunction : public ::testing::TestWithParam<std::uint32_t> {
 protected:
  static void for_all(const std::function<void(BlackBox&)>& check) {
    for (const std::size_t dimension : {2U, 3U, 5U, 10U, 20U}) {
      for (std::uint32_t instance = 1; instance <= 5; ++instance) {
        SCOPED_TRACE(testing::Message() << function_name(GetParam()) << ", dimension " << dimension
                                        << ", instance " << instance);
        check(*make_function(GetParam(), dimension, instance));
      }
    }
  }
};

TEST_P(EveryFunction, has_its_minimum_at_its_optimum) {
  for_all([](BlackBox& function) {
    const double scale = std::max(1.0, std::fabs(function.minimum()));
    EXPECT_NEAR(function.evaluate(function.optimum()), function.minimum(), 1e-9 * scale);
    EXPECT_EQ(std::round(function.minimum() * 100) / 100, function.minimum());
    for (const double coordinate : function.optimum()) EXPECT_LE(std::fabs(coordinate), 5);
  });
}

TEST_P(EveryFunction, is_nowhere_lower) {
  std::mt19937_64 random{GetParam()};
  std::uniform_real_distribution<double> anywhere{-5, 5};
  std::normal_distribution<double> normal;
  for_all([&](BlackBox& function) {
    for (int i = 0; i < 300; ++i) {
      Vector x = function.optimum();
      const double radius = std::pow(10, -0.5 * (i % 10));
      for (double& entry : x) {
        entry = i < 100 ? anywhere(random) : std::clamp(entry + radius * normal(random), -5., 5.);
      }
      EXPECT_GE(function.evaluate(x), function.minimum() - 1e-9);
    }
  });
}

TEST_P(EveryFunction, differs_between_instances) {
  const auto first = make_function(GetParam(), 5, 1);
  const auto second = make_function(GetParam(), 5, 2);
  EXPECT_NE(first->minimum(), second->minimum());
  const Vector x{0.5, 1, -1, 2, -3};
  EXPECT_NE(first->evaluate(x) - first->minimum(), second->evaluate(x) - second->minimum());
}

INSTANTIATE_TEST_SUITE_P(Bbob, EveryFunction, ::testing::Range(1U, function_count + 1));

}  // namespace
}  // namespace foundation::benchmarks
