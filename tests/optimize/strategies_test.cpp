#include <algorithm>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/optimize/planted_evidence.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using ::testing::HasSubstr;

TEST(Strategies, refuse_what_does_not_fit) {
  const auto message = [](const StrategyOptions& options,
                          const StrategyInput& input) -> std::string {
    try {
      static_cast<void>(make_strategy(options, input));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return std::string{error.what()} + " | " + error.hint();
    }
    return "none";
  };
  const Space space = model::testing::classifier_space();
  const Space bare{{model::testing::real("a", 0, 1, 0)}};
  EXPECT_THAT(message(options_for("randm"), input_for(space)), HasSubstr("did you mean 'random'?"));
  EXPECT_THAT(message(options_for("simulated_annealing"), input_for(space)),
              HasSubstr("use one of random, grid, sobol, cma_es, labeled_few_shot"));
  for (const char* kind : {"labeled_few_shot", "bootstrap_random_search"}) {
    EXPECT_THAT(message(options_for(kind), input_for(bare)),
                HasSubstr("demonstrations, but the program has none | use strategy 'random'"));
  }
  EXPECT_EQ(message(options_for("random"), input_for(bare)), "none");
  StrategyOptions none = options_for("random");
  none.candidates = 0;
  EXPECT_THAT(message(none, input_for(space)), HasSubstr("may not propose any"));
  const Space greedy{{model::testing::demonstrations("shown", 301, 400)}};
  EXPECT_THAT(message(options_for("random"), input_for(greedy)),
              HasSubstr("'shown' needs at least 301 demonstrations"));
  const Space beyond{space.parameters(),
                     {},
                     {model::Assignment{{{"demonstrations", model::Demonstrations{{1, 300}}}}}}};
  EXPECT_THAT(message(options_for("random"), input_for(beyond)), HasSubstr("position 300"));
}

class EveryStrategy : public ::testing::TestWithParam<std::string_view> {
 protected:
  [[nodiscard]] static StrategyOptions options() { return options_for(std::string{GetParam()}); }
  [[nodiscard]] static Space space_with_points() {
    const model::Assignment point{{{"rule", std::string{"centroid"}}, {"lower_case", false}}};
    return Space{model::testing::classifier_space().parameters(), {}, {point}};
  }
};

TEST_P(EveryStrategy, proposes_valid_distinct_candidates_within_the_caps) {
  const Space space = space_with_points();
  const auto candidates = run(options(), space);
  EXPECT_EQ(candidates.size(), options().candidates);
  std::set<core::Digest> digests;
  for (std::uint32_t i = 0; i < candidates.size(); ++i) {
    const Candidate& candidate = candidates[i];
    EXPECT_EQ(candidate.index, i);
    EXPECT_FALSE(candidate.origin.empty());
    EXPECT_EQ(space.problem_of(candidate.assignment), "") << i;
    EXPECT_LE(shown(candidate).size(), 96U);
    for (const std::uint32_t position : shown(candidate)) EXPECT_LT(position, train_size);
    EXPECT_TRUE(digests.insert(digest(candidate.assignment)).second) << "repeated " << i;
  }
}

TEST_P(EveryStrategy, begins_with_baseline_and_starting_points) {
  const Space space = space_with_points();
  const auto candidates = run(options(), space);
  EXPECT_EQ(candidates[0].origin, "baseline");
  EXPECT_EQ(shown(candidates[0]).size(), options().labeled);
  EXPECT_EQ(candidates[0].assignment.text("rule"), "nearest");
  EXPECT_EQ(candidates[1].origin, "starting point");
  EXPECT_EQ(candidates[1].assignment.text("rule"), "centroid");
  EXPECT_EQ(shown(candidates[1]), shown(candidates[0]));
}

TEST_P(EveryStrategy, is_pure) {
  const auto strategy = make_strategy(options(), input_for(space_with_points()));
  PlantedEvidence evidence{0.5};
  std::uint32_t index = 0;
  while (true) {
    const Reply reply = strategy->ask(index, evidence);
    EXPECT_TRUE(is_same_reply(reply, strategy->ask(index, evidence)));
    if (std::holds_alternative<Exhausted>(reply)) break;
    if (const auto* need = std::get_if<Need>(&reply)) {
      for (const CellRange& range : need->ranges) evidence.finish(range);
    } else {
      strategy->accept(std::get<Candidate>(reply));
      ++index;
    }
  }
  EXPECT_EQ(index, options().candidates);
}

TEST_P(EveryStrategy, seed_decides) {
  const Space space = space_with_points();
  StrategyOptions other = options();
  other.seed = 2;
  const auto first = run(options(), space);
  EXPECT_EQ(first, run(options(), space));
  EXPECT_NE(first[0], run(other, space)[0]);
  EXPECT_NE(first.back(), run(other, space).back());
}

/// Needs of later proposals are asked for early, and cells arrive in any order and grain.
TEST_P(EveryStrategy, proposals_do_not_depend_on_the_order_of_evidence) {
  const Space space = space_with_points();
  const auto expected = run(options(), space);
  for (std::uint32_t seed = 0; seed < 20; ++seed) {
    core::Stream stream{seed, core::Purpose::simulate};
    const auto strategy = make_strategy(options(), input_for(space));
    PlantedEvidence evidence{0.7};
    std::vector<Candidate> got;
    std::vector<CellRange> open;
    while (got.size() < expected.size()) {
      const auto next = static_cast<std::uint32_t>(got.size());
      const auto ahead = next + static_cast<std::uint32_t>(stream.below(8));
      const Reply early = strategy->ask(ahead, evidence);
      if (const auto* need = std::get_if<Need>(&early)) {
        open.insert(open.end(), need->ranges.begin(), need->ranges.end());
      }
      stream.shuffle(std::span{open});
      while (!open.empty() && stream.chance(0.6)) {
        evidence.finish(open.back());
        open.pop_back();
      }
      const Reply reply = strategy->ask(next, evidence);
      if (const auto* need = std::get_if<Need>(&reply)) {
        open.insert(open.end(), need->ranges.begin(), need->ranges.end());
      } else {
        got.push_back(std::get<Candidate>(reply));
        strategy->accept(got.back());
      }
    }
    EXPECT_EQ(got, expected) << seed;
  }
}

TEST_P(EveryStrategy, goes_on_from_restored_candidates) {
  const Space space = space_with_points();
  const auto expected = run(options(), space);
  const auto strategy = make_strategy(options(), input_for(space));
  for (std::size_t i = 0; i < 10; ++i) strategy->accept(expected[i]);
  PlantedEvidence evidence{0.7};
  evidence.finish_all();
  for (std::uint32_t i = 10; i < expected.size(); ++i) {
    const Reply reply = strategy->ask(i, evidence);
    EXPECT_EQ(std::get<Candidate>(reply), expected[i]);
    strategy->accept(expected[i]);
  }
}

TEST_P(EveryStrategy, respects_small_limits) {
  for (const double high : {0.0, 1.0, 5.0, 20.0}) {
    auto parameters = model::testing::classifier_space().parameters();
    parameters[0].high = high;
    const Space space{parameters};
    for (const Candidate& candidate : run(options(), space)) {
      EXPECT_EQ(space.problem_of(candidate.assignment), "") << candidate.origin;
    }
  }
}

TEST_P(EveryStrategy, respects_a_least_number) {
  auto parameters = model::testing::classifier_space().parameters();
  parameters[0].low = 70;
  const Space space{parameters};
  for (const Candidate& candidate : run(options(), space, 0.1)) {
    EXPECT_GE(shown(candidate).size(), 70U) << candidate.origin;
    EXPECT_EQ(space.problem_of(candidate.assignment), "") << candidate.origin;
  }
}

/// Those that have texts written are tested in a world of their own (text_strategies_test.cpp).
std::vector<std::string_view> kinds_without_texts() {
  std::vector<std::string_view> kinds;
  std::ranges::remove_copy_if(strategy_kinds(), std::back_inserter(kinds), reads_texts);
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryStrategy, ::testing::ValuesIn(kinds_without_texts()),
                         [](const auto& which) { return std::string{which.param}; });

TEST(RandomSearch, ends_when_the_space_is_used_up) {
  const Space space{{model::testing::categorical("rule", {"x", "y", "z"}),
                     model::testing::boolean("flag", true)}};
  EXPECT_EQ(run(options_for("random"), space).size(), 6U);
}

TEST(LabeledFewShot, varies_demonstrations_alone) {
  const Space space = model::testing::classifier_space();
  const auto candidates = run(options_for("labeled_few_shot"), space);
  for (const Candidate& candidate : candidates) {
    EXPECT_EQ(shown(candidate).size(), 16U);
    model::Assignment without = candidate.assignment;
    without.set("demonstrations", model::Demonstrations{});
    EXPECT_EQ(without, space.initial());
  }
}

}  // namespace
}  // namespace foundation::optimize
