#include "optimize/detail/evolution.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include <gtest/gtest.h>

#include "core/exact_math.hpp"
#include "optimize/detail/choice_distribution.hpp"
#include "optimize/detail/quadratic_model.hpp"
#include "optimize/detail/restarts.hpp"

namespace foundation::optimize::detail {
namespace {

TEST(SymmetricEigen, gives_the_matrix_back) {
  for (const std::size_t n : {1U, 2U, 5U, 20U, 40U}) {
    core::Stream stream{1, core::Purpose::simulate, static_cast<std::uint32_t>(n)};
    Matrix matrix{n};
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = 0; j <= i; ++j) {
        const double scale =
            core::exact::pow(10, -3.0 * static_cast<double>(i + j) / static_cast<double>(n));
        matrix(i, j) = matrix(j, i) = scale * (stream.uniform() - 0.5);
      }
    }
    Eigensystem eigen = eigensystem_of(matrix, Matrix::identity(n));
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) {
          double entry = 0, product = 0;
          for (std::size_t k = 0; k < n; ++k) {
            entry += eigen.values[k] * eigen.vectors(k, i) * eigen.vectors(k, j);
            product += eigen.vectors(i, k) * eigen.vectors(j, k);
          }
          EXPECT_NEAR(entry, matrix(i, j), 1e-14);
          EXPECT_NEAR(product, i == j ? 1 : 0, 1e-13);
        }
      }
      eigen = eigensystem_of(matrix, eigen.vectors);  // from a good start
    }
  }
}

TEST(EvolutionRates, are_those_of_the_tutorial) {
  const EvolutionRates rates{10, 10};
  EXPECT_NEAR(rates.mu_eff, 3.167, 1e-3);
  double positive = 0;
  for (std::size_t rank = 0; rank < 5; ++rank) positive += rates.weights[rank];
  EXPECT_NEAR(positive, 1, 1e-15);
  EXPECT_TRUE(std::ranges::is_sorted(rates.weights, std::greater{}));
  EXPECT_LT(rates.weights.back(), 0);
  EXPECT_EQ(default_population(10), 10U);
  EXPECT_EQ(default_population(0), 4U);
  for (const std::size_t n : {0U, 1U, 2U, 40U}) {
    for (const std::uint32_t population : {4U, 5U, 50U, 5000U}) {
      const EvolutionRates any{n, population};
      EXPECT_GT(any.rank_one, 0);
      EXPECT_GE(any.rank_mu, 0);
      EXPECT_LE(any.rank_one + any.rank_mu, 1);
      EXPECT_LT(any.path_step, 1);
      EXPECT_LE(any.path_shape, 1);
    }
  }
}

Evolution at(std::vector<double> mean, double step, std::vector<std::uint64_t> cells) {
  return Evolution{{.mean = std::move(mean), .step = step, .population = 12, .cells = cells}};
}

TEST(Evolution, evaluates_inside_and_on_the_bounds) {
  const Evolution evolution = at({0.5, 0.5}, 0.1, {0, 4});
  const auto inside = [&](double x) { return evolution.inside({x, 0.5})[0]; };
  EXPECT_EQ(inside(0.3), 0.3);
  EXPECT_EQ(inside(1.05), 1);
  EXPECT_EQ(inside(-0.1), 0);
  EXPECT_NEAR(inside(1.25), 0.85, 1e-12);
  EXPECT_NEAR(inside(-0.3), 0.2, 1e-12);
  for (double x = -5; x < 5; x += 0.01) {
    EXPECT_TRUE(inside(x) >= 0 && inside(x) <= 1) << x;
  }
  EXPECT_EQ(evolution.inside({0.5, 1.4})[1], 1);
}

TEST(Evolution, sees_samples_as_standard_normal) {
  const Evolution evolution = at({0.2, 0.7, 0.5}, 0.2, {0, 0, 10});
  core::Stream stream{3, core::Purpose::simulate};
  double sum = 0, squares = 0;
  constexpr int count = 4000;
  for (int i = 0; i < count; ++i) {
    const std::vector<double> sample = evolution.sample(stream);
    const std::vector<double> place = evolution.whitened(sample);
    const std::vector<double> back = evolution.unwhitened(place);
    for (std::size_t k = 0; k < 3; ++k) {
      EXPECT_NEAR(back[k], sample[k], 1e-13);
      sum += place[k];
      squares += place[k] * place[k];
    }
  }
  EXPECT_NEAR(sum / (3 * count), 0, 0.03);
  EXPECT_NEAR(squares / (3 * count), 1, 0.03);
}

/// Selection that always prefers the mean's neighbourhood shrinks reals, never whole numbers.
TEST(Evolution, never_freezes_a_counted_axis) {
  Evolution evolution = at({0.5, 0.5, 0.5}, 0.2, {0, 5, 100});
  for (std::uint32_t generation = 0; generation < 150; ++generation) {
    std::vector<SampledPoint> points;
    for (std::uint32_t i = 0; i < evolution.population(); ++i) {
      core::Stream stream{1, core::Purpose::simulate, generation, i};
      points.push_back({.point = evolution.sample(stream), .is_current = true});
    }
    std::ranges::stable_sort(points, {}, [&](const SampledPoint& sampled) {
      double distance = 0;
      for (std::size_t i = 0; i < 3; ++i) {
        const double shift = sampled.point[i] - 0.5;
        distance += shift * shift;
      }
      return distance;
    });
    evolution.update(points);
  }
  EXPECT_LT(evolution.deviation(0), 1e-2);
  EXPECT_GT(evolution.deviation(1), 0.03);
  EXPECT_GT(evolution.deviation(2), 0.0015);
}

TEST(Evolution, takes_foreign_points_from_far_away_without_bursting) {
  Evolution evolution = at({0.5, 0.5}, 1e-6, {0, 0});
  const std::vector<SampledPoint> far(12, {.point = {1, 0}, .is_current = false});
  evolution.update(far);
  EXPECT_LT(evolution.deviation(0), 1e-2);
  EXPECT_NEAR(evolution.mean()[0], 0.5, 1e-4);
}

TEST(ChoiceDistribution, learns_and_forgets_nothing) {
  ChoiceDistribution choices{4, 2};
  EXPECT_DOUBLE_EQ(choices.probability(2), 0.625);
  for (int i = 0; i < 100; ++i) {
    choices.update(std::vector<ChoiceDistribution::Vote>{{1, 0.2}, {1, 0.1}}, 0.01);
  }
  EXPECT_GT(choices.probability(1), 0.95);
  double sum = 0;
  for (std::uint32_t choice = 0; choice < 4; ++choice) {
    EXPECT_GE(choices.probability(choice), 0.009);
    sum += choices.probability(choice);
  }
  EXPECT_NEAR(sum, 1, 1e-12);
  std::array<int, 4> drawn{};
  core::Stream stream{1, core::Purpose::simulate};
  for (int i = 0; i < 2000; ++i) ++drawn.at(choices.sample(stream, 4));
  for (const int count : drawn) EXPECT_GT(count, 200);  // flattened
}

double planted_place(std::size_t axis) { return 0.1 * static_cast<double>(axis % 3); }

/// A quadratic function with its minimum at planted places.
double planted_cost(const std::vector<double>& place, bool has_mixed_terms) {
  double sum = 1000;
  double before = 0;
  for (std::size_t k = 0; k < place.size(); ++k) {
    const double shift = place[k] - planted_place(k);
    sum += static_cast<double>(k + 1) * shift * shift;
    if (has_mixed_terms) sum += 0.3 * shift * before;
    before = shift;
  }
  return sum;
}

TEST(QuadraticModel, finds_the_minimum_of_a_quadratic_function) {
  for (const std::size_t n : {2U, 5U, 10U, 15U}) {
    core::Stream stream{1, core::Purpose::simulate, static_cast<std::uint32_t>(n)};
    std::vector<ModelPoint> points(model_points_wanted(n));
    for (ModelPoint& point : points) {
      for (std::size_t k = 0; k < n; ++k) point.place.push_back(4 * stream.uniform() - 2);
      point.cost = planted_cost(point.place, n <= 10);
    }
    const auto minimum = model_minimum(points, 5);
    ASSERT_TRUE(minimum) << n;
    for (std::size_t k = 0; k < n; ++k) EXPECT_NEAR((*minimum)[k], planted_place(k), 1e-8);
    const auto near = model_minimum(points, 0.05);
    ASSERT_TRUE(near);
    double squares = 0;
    for (const double entry : *near) squares += entry * entry;
    EXPECT_NEAR(std::sqrt(squares), 0.05, 1e-9) << "on the edge of the ball";
  }
}

TEST(QuadraticModel, says_nothing_without_evidence) {
  EXPECT_FALSE(model_minimum({}, 1));
  const std::vector<ModelPoint> few(3, {.place = {0.1, 0.2}, .cost = 1});
  EXPECT_FALSE(model_minimum(few, 1));
  const std::vector<ModelPoint> alike(50, {.place = {0, 0}, .cost = 1});
  EXPECT_FALSE(model_minimum(alike, 1));
}

/// Down a slope or off a ridge, as far as is allowed.
TEST(QuadraticModel, goes_to_the_edge_where_there_is_no_minimum) {
  std::vector<ModelPoint> points;
  core::Stream stream{1, core::Purpose::simulate};
  for (int i = 0; i < 40; ++i) {
    const double x = 2 * stream.uniform() - 1;
    const double y = 2 * stream.uniform() - 1;
    points.push_back({.place = {x, y}, .cost = x * x - y * y + 0.1 * y});
  }
  const auto minimum = model_minimum(points, 2);
  ASSERT_TRUE(minimum);
  EXPECT_NEAR((*minimum)[0], 0, 1e-6);
  EXPECT_NEAR((*minimum)[1], -2, 1e-6);
}

TEST(Restarts, alternate_between_large_and_small_runs) {
  Restarts restarts{{.population = 8, .step = 0.2}};
  const core::Stream stream{1, core::Purpose::simulate};
  EXPECT_EQ(restarts.first().population, 8U);
  const RunPlan small = restarts.next(1000, stream);  // the first run was a large one
  EXPECT_EQ(small.population, 8U);
  EXPECT_LT(small.step, 0.2);
  const RunPlan large = restarts.next(1500, stream);
  EXPECT_EQ(large.population, 16U);
  EXPECT_EQ(large.step, 0.2);
  EXPECT_EQ(restarts.next(100, stream).population, 32U);
  const RunPlan again = restarts.next(2000, stream);
  EXPECT_GE(again.population, 8U);
  EXPECT_LE(again.population, 16U);
}

TEST(Progress, ends_when_scores_stand_still) {
  Progress moving{2, 6};
  Progress still{2, 6};
  Progress noisy{2, 6};
  for (int i = 0; i < 400; ++i) {
    moving.add({1000.0 - i, 1001.0 - i, 1002.0 - i});
    EXPECT_FALSE(moving.has_ended()) << i;
    if (i < 20) still.add({5, 5, 5});
    core::Stream stream{1, core::Purpose::simulate, static_cast<std::uint32_t>(i)};
    noisy.add({stream.uniform(), 1 + stream.uniform(), 2 + stream.uniform()});
    EXPECT_FALSE(i < 100 && noisy.has_ended());
  }
  EXPECT_TRUE(still.has_ended());
}

}  // namespace
}  // namespace foundation::optimize::detail
