#include "optimize/detail/gaussian_process.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/exact_math.hpp"
#include "core/random.hpp"
#include "optimize/detail/features.hpp"
#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::detail {
namespace {

namespace spaces = model::testing;

SquareMatrix random_covariance(std::size_t size) {
  core::Stream stream{1, core::Purpose::simulate};
  SquareMatrix factor{size};
  for (std::size_t i = 0; i < size; ++i) {
    for (double& entry : factor.row(i)) entry = stream.uniform() - 0.5;
  }
  SquareMatrix matrix{size};
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) matrix.row(i)[j] = dot(factor.row(i), factor.row(j));
    matrix.row(i)[i] += 1;
  }
  return matrix;
}

TEST(Cholesky, solves_and_inverts) {
  for (const std::size_t size : {0U, 1U, 2U, 5U, 37U}) {
    const SquareMatrix matrix = random_covariance(size);
    const auto factor = Cholesky::factorise(matrix);
    ASSERT_TRUE(factor);
    std::vector<double> x;
    for (std::size_t i = 0; i < size; ++i) x.push_back(static_cast<double>(i) - 3);
    std::vector<double> b;
    for (std::size_t i = 0; i < size; ++i) b.push_back(dot(matrix.row(i), x));
    const auto solved = factor->solve(b);
    const SquareMatrix inverse = factor->inverse();
    for (std::size_t i = 0; i < size; ++i) {
      EXPECT_NEAR(solved[i], x[i], 1e-10);
      double sum = 0;
      for (std::size_t k = 0; k < size; ++k) {
        sum += inverse.row(std::max(i, k))[std::min(i, k)] * b[k];
      }
      EXPECT_NEAR(sum, x[i], 1e-10);
    }
  }
}

TEST(Cholesky, knows_the_determinant_and_refuses_what_is_not_positive_definite) {
  SquareMatrix matrix{2};
  matrix.row(0)[0] = 4;
  matrix.row(1)[0] = 2;
  matrix.row(1)[1] = 3;
  EXPECT_NEAR(Cholesky::factorise(matrix)->log_determinant(), core::exact::log(8), 1e-14);
  matrix.row(1)[1] = 1;
  EXPECT_FALSE(Cholesky::factorise(matrix));
}

/// Values of a function at points of an interval.
class OneDimension : public ::testing::Test {
 protected:
  [[nodiscard]] static TrainingData data_of(const std::vector<double>& at,
                                            const std::vector<double>& values) {
    TrainingData data{values, std::vector<double>(values.size(), 1.0), DistanceTable{1}};
    for (std::size_t i = 0; i < at.size(); ++i) {
      for (std::size_t j = 0; j < i; ++j) {
        data.pairs.add(std::vector<double>{(at[i] - at[j]) * (at[i] - at[j])});
      }
    }
    return data;
  }
  [[nodiscard]] static Prediction predict(const GaussianProcess& process,
                                          const std::vector<double>& at, double x) {
    DistanceTable distances{1};
    for (const double known : at) distances.add(std::vector<double>{(x - known) * (x - known)});
    return process.predict(distances);
  }
  std::vector<double> at_{0.0, 0.2, 0.35, 0.6, 0.8, 1.0};
  std::vector<double> values_{0.0, 0.9, 0.6, -0.8, -0.9, 0.1};
};

TEST_F(OneDimension, passes_through_the_values_and_is_unsure_between_them) {
  const TrainingData data = data_of(at_, values_);
  KernelParameters parameters{1};
  parameters.logs()[2] = -16;
  const GaussianProcess process{parameters, data};
  for (std::size_t i = 0; i < at_.size(); ++i) {
    const Prediction known = predict(process, at_, at_[i]);
    EXPECT_NEAR(known.mean, values_[i], 1e-3);
    EXPECT_LT(known.deviation, 1e-3);
  }
  EXPECT_GT(predict(process, at_, 0.48).deviation, predict(process, at_, 0.59).deviation);
  EXPECT_NEAR(predict(process, at_, 40).mean, 0, 1e-6);
}

TEST_F(OneDimension, believers_change_deviations_only) {
  const TrainingData data = data_of(at_, values_);
  std::vector<double> more = at_;
  more.push_back(0.48);
  std::vector<double> ignored = values_;
  ignored.push_back(123);
  const KernelParameters parameters{1};
  const GaussianProcess process{parameters, data};
  const GaussianProcess believing{parameters, data_of(more, ignored), 1};
  for (const double x : {0.1, 0.45, 0.48, 0.7}) {
    const Prediction before = predict(process, at_, x);
    const Prediction after = predict(believing, more, x);
    EXPECT_NEAR(before.mean, after.mean, 1e-9) << x;
    EXPECT_LE(after.deviation, before.deviation + 1e-9) << x;
  }
  EXPECT_LT(predict(believing, more, 0.48).deviation, 0.5 * predict(process, at_, 0.48).deviation);
}

TEST_F(OneDimension, noisy_values_count_less) {
  TrainingData data = data_of(at_, values_);
  KernelParameters parameters{1};
  parameters.logs()[2] = -2;
  const double trusted = predict(GaussianProcess{parameters, data}, at_, 0.2).mean;
  data.noise_factors[1] = 16;
  EXPECT_LT(predict(GaussianProcess{parameters, data}, at_, 0.2).mean, trusted);
}

TEST(KernelFit, finds_which_features_matter) {
  core::Stream stream{1, core::Purpose::simulate};
  std::vector<std::array<double, 2>> at;
  TrainingData data{{}, {}, DistanceTable{2}};
  for (int i = 0; i < 40; ++i) {
    at.push_back({stream.uniform(), stream.uniform()});
    data.values.push_back(core::exact::sin(8 * at.back()[0]));
    data.noise_factors.push_back(1);
    for (std::size_t j = 0; j + 1 < at.size(); ++j) {
      const double x = at.back()[0] - at[j][0];
      const double y = at.back()[1] - at[j][1];
      data.pairs.add(std::vector<double>{x * x, y * y});
    }
  }
  const KernelParameters start{2};
  const Fit fit = fit_kernel(data, start, 40);
  EXPECT_GT(fit.log_posterior, fit_kernel(data, start, 1).log_posterior + 5);
  EXPECT_GT(fit.parameters.log_length(1), fit.parameters.log_length(0) + 1);
  EXPECT_LT(fit.parameters.log_noise(), -6);
}

TEST(Features, measure_parameters_of_all_kinds) {
  const model::Space space{{spaces::real("x", 0, 10, 0), spaces::categorical("c", {"p", "q", "r"}),
                            spaces::only_if(spaces::integer("k", 0, 9, 0), "c", {"p"}),
                            spaces::demonstrations("shown", 0, 4)}};
  const UnitCube cube{space};
  const Features features{cube, space, 70};
  ASSERT_EQ(features.count(), 4U);
  model::Assignment first = space.initial();
  first.set("shown", model::Demonstrations{{1, 65}});
  model::Assignment second = first;
  second.set("x", 5.0);
  second.set("c", std::string{"r"});
  second.set("shown", model::Demonstrations{{65, 3}});
  second = space.normalised(second);
  DistanceTable table{4};
  const std::vector<FeaturePoint> others{features.of(first), features.of(second)};
  features.add_distances(features.of(first), others, table);
  for (const double distance : table[0]) EXPECT_EQ(distance, 0);
  EXPECT_NEAR(table[1][0], 0.25, 1e-12);
  EXPECT_EQ(table[1][1], 1);
  EXPECT_NEAR(table[1][2], 0.45 * 0.45, 1e-12) << "inactive: in the middle";
  EXPECT_NEAR(table[1][3], 1, 1e-12) << "half of the positions in common";
}

}  // namespace
}  // namespace foundation::optimize::detail
