#include <cmath>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/detail/irace_model.hpp"
#include "tests/optimize/planted_evidence.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using model::Assignment;
using model::Space;
using ::testing::HasSubstr;

constexpr std::uint32_t heat = 10;

/// A space with every kind of dependency.
Space mixed_space() {
  return Space{
      {model::testing::categorical("kind", {"a", "b", "c", "d"}),
       model::testing::real("x", 0, 10, 5), model::testing::log_real("y", 1e-4, 1, 0.5),
       model::testing::only_if(model::testing::integer("n", 1, 40, 7), "kind", {"b", "c"})},
      {model::parse_constraint("x + n <= 40")}};
}

/// Best at kind = b, x = 3, y = 0.01, n = 20.
double gain(const Assignment& it) {
  double cost = std::fabs(it.real("x") - 3) / 10 + std::fabs(std::log10(it.real("y")) + 2) / 4;
  cost += it.text("kind") == "b" ? std::fabs(static_cast<double>(it.integer("n")) - 20) / 40 : 1;
  return -cost;
}

/// Proposals of so many iterations, each told when it is over: the better half is complete.
std::vector<Candidate> run_iterations(const Space& space, std::uint32_t iterations,
                                      std::uint64_t seed) {
  StrategyOptions options = options_for("irace");
  options.candidates = iterations * heat;
  options.iteration = heat;
  options.seed = seed;
  const auto strategy = make_strategy(options, input_for(space));
  const PlantedEvidence evidence{0.5};
  std::vector<Candidate> made;
  while (made.size() < options.candidates) {
    const Reply reply = strategy->ask(static_cast<std::uint32_t>(made.size()), evidence);
    EXPECT_TRUE(
        is_same_reply(reply, strategy->ask(static_cast<std::uint32_t>(made.size()), evidence)));
    if (!std::holds_alternative<Candidate>(reply)) break;
    made.push_back(std::get<Candidate>(reply));
    strategy->accept(made.back());
    if (made.size() % heat != 0) continue;
    std::vector<double> gains;
    for (std::size_t i = made.size() - heat; i < made.size(); ++i)
      gains.push_back(gain(made[i].assignment));
    std::ranges::nth_element(gains, gains.begin() + heat / 2);
    for (std::size_t i = made.size() - heat; i < made.size(); ++i) {
      const double score = gain(made[i].assignment);
      strategy->tell({static_cast<std::uint32_t>(i), score, 10, score >= gains[heat / 2], true});
    }
  }
  return made;
}

TEST(Irace, samples_closer_and_closer_to_the_best) {
  double first = 0;
  double last = 0;
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const auto made = run_iterations(mixed_space(), 8, seed);
    ASSERT_EQ(made.size(), 8 * heat);
    for (std::size_t i = 0; i < heat; ++i) first += gain(made[i].assignment);
    for (std::size_t i = 7 * heat; i < 8 * heat; ++i) last += gain(made[i].assignment);
  }
  EXPECT_GT(last, first / 5) << "mean gains";
}

TEST(Irace, respects_conditions_and_constraints) {
  const Space space = mixed_space();
  std::set<core::Digest> digests;
  for (const Candidate& it : run_iterations(space, 12, 3)) {
    EXPECT_EQ(space.problem_of(it.assignment), "") << it.origin;
    EXPECT_TRUE(digests.insert(digest(it.assignment)).second) << it.origin;
  }
}

TEST(Irace, names_its_parents) {
  const auto made = run_iterations(mixed_space(), 3, 1);
  for (const Candidate& it : made) {
    if (it.index < heat) {
      EXPECT_EQ(it.parent, model::no_candidate);
    } else {
      EXPECT_LT(it.parent, it.index / heat * heat) << "an elite of an earlier iteration";
      EXPECT_THAT(it.origin, HasSubstr("around " + std::to_string(it.parent)));
    }
  }
}

/// The soft restart widens the sampling instead of repeating what was there, to the last value.
TEST(Irace, uses_up_a_small_space) {
  const Space space{
      {model::testing::integer("n", 1, 12, 5), model::testing::boolean("flag", true)}};
  StrategyOptions options = options_for("irace");
  options.candidates = 100;
  options.iteration = 4;
  const auto strategy = make_strategy(options, input_for(space));
  const PlantedEvidence evidence{0.5};
  std::uint32_t count = 0;
  while (true) {
    const Reply reply = strategy->ask(count, evidence);
    if (!std::holds_alternative<Candidate>(reply)) break;
    strategy->accept(std::get<Candidate>(reply));
    strategy->tell({count, count == 0 ? 1.0 : 0.0, 10, true, true});
    ++count;
  }
  EXPECT_GE(count, 23U);
  EXPECT_LE(count, 24U);
}

TEST(Narrowing, shrinks_as_published) {
  const detail::Narrowing start{.iteration = 0, .proposals = 16, .parameters = 4};
  EXPECT_DOUBLE_EQ(start.deviation(), 0.3);
  EXPECT_EQ(start.elites(), 4U);
  EXPECT_NEAR((detail::Narrowing{.iteration = 4, .proposals = 16, .parameters = 4}.deviation()),
              0.3 / 16, 1e-12);
  EXPECT_EQ(start.pull(0), 0);
  EXPECT_EQ(start.pull(2), 0.5);
  EXPECT_NEAR(start.most_probable(), 0.66874, 1e-5);
}

TEST(DrawNear, stays_inside_and_near) {
  core::Stream stream{1, core::Purpose::simulate};
  double sum = 0;
  for (int i = 0; i < 2000; ++i) {
    const double drawn = detail::draw_near(0.9, 0.1, stream);
    EXPECT_GE(drawn, 0);
    EXPECT_LE(drawn, 1);
    sum += drawn;
  }
  EXPECT_NEAR(sum / 2000, 0.8712, 0.01);  // mean of the truncated normal distribution
}

}  // namespace
}  // namespace foundation::optimize
