#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/detail/choice_pools.hpp"
#include "optimize/detail/demonstration_source.hpp"
#include "optimize/detail/features.hpp"
#include "tests/model/model_test_spaces.hpp"
#include "tests/optimize/text_world.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using detail::ChoicePools;
using detail::PooledSpace;
using detail::Positions;
using model::Assignment;
using model::Candidate;
using model::Demonstrations;
using model::RequestKind;

class Mipro : public ::testing::TestWithParam<std::string_view> {
 protected:
  [[nodiscard]] static StrategyOptions options() {
    StrategyOptions options;
    options.kind = std::string{GetParam()};
    options.candidates = 40;
    options.iteration = 8;
    options.labeled = 2;
    options.bootstrapped = 3;
    return options;
  }
  [[nodiscard]] static WorldCourse course(const TextWorldOptions& world) {
    return run_world(TextWorld{world}, {.strategy = options()});
  }
};

TEST_P(Mipro, asks_for_a_description_and_then_for_all_texts_at_once) {
  const WorldCourse all = course({.stages = 2, .failure_share = 0});
  EXPECT_LE(all.rounds.front(), 3U);  // the teacher may have to do more than one block
  for (std::size_t heat = 1; heat < all.rounds.size(); ++heat) EXPECT_EQ(all.rounds[heat], 0U);
  EXPECT_EQ(all.samples, 1 + 2 * options().instructions);
  std::set<core::Digest> different;
  std::set<std::string> tips;
  for (const model::TextRequest& request : all.requests) {
    if (!different.insert(digest(request)).second) continue;
    if (different.size() == 1) {
      EXPECT_EQ(request.kind, RequestKind::describe);
      EXPECT_EQ(request.examples.size(), 16U);
      continue;
    }
    EXPECT_EQ(request.kind, RequestKind::rewrite);
    EXPECT_EQ(request.notes, "examples are of some kinds");
    EXPECT_EQ(request.examples.size(), 3U);
    tips.insert(request.tip);
  }
  EXPECT_EQ(different.size(), 1 + 2 * 8U);
  EXPECT_EQ(tips.size(), 8U);
}

TEST_P(Mipro, chooses_from_the_pools) {
  const WorldCourse all = course({.stages = 2, .failure_share = 0.3, .choices = {"named"}});
  std::set<std::string> texts;
  std::set<std::vector<std::uint32_t>> sets;
  for (const Candidate& candidate : all.candidates) {
    texts.insert(candidate.assignment.text(TextWorld::instruction_of(0)));
    sets.insert(candidate.assignment.demonstrations(TextWorld::demonstrations_of(0)).positions);
  }
  EXPECT_TRUE(texts.contains("answer"));
  EXPECT_TRUE(texts.contains("named"));
  EXPECT_GE(texts.size(), 5U);
  EXPECT_LE(texts.size(), 2 + options().instructions);
  EXPECT_TRUE(sets.contains({}));
  EXPECT_GE(sets.size(), 5U);
  EXPECT_LE(sets.size(), options().demonstration_sets + 1);
}

TEST_P(Mipro, knows_the_demonstrations_of_starting_points) {
  const std::string name = TextWorld::demonstrations_of(0);
  const Assignment given{
      {{TextWorld::instruction_of(0), std::string{"mine"}}, {name, Demonstrations{{7, 3}}}}};
  const WorldCourse all = course({.starting_points = {given}});
  EXPECT_EQ(all.candidates[1].assignment.demonstrations(name).positions, (Positions{7, 3}));
  const auto shows_them = [&name](const Candidate& candidate) {
    return candidate.assignment.demonstrations(name).positions == Positions{7, 3};
  };
  EXPECT_GE(std::ranges::count_if(all.candidates, shows_them), 2);
}

TEST_P(Mipro, writes_no_more_than_it_is_told) {
  StrategyOptions none = options();
  none.instructions = 0;
  none.demonstration_sets = 0;
  const WorldCourse all = run_world(TextWorld{{}}, {.strategy = none});
  EXPECT_EQ(all.samples, 0U);
  for (const Candidate& candidate : all.candidates)
    EXPECT_EQ(candidate.assignment.text(TextWorld::instruction_of(0)), "answer");
}

INSTANTIATE_TEST_SUITE_P(Kinds, Mipro, ::testing::Values("mipro", "beacon"),
                         [](const auto& which) { return std::string{which.param}; });

TEST(PooledSpace, goes_there_and_back) {
  model::Parameter instruction;
  instruction.name = "instruction";
  instruction.kind = model::ParameterKind::text;
  instruction.initial = std::string{"own"};
  instruction.open = true;
  namespace spaces = model::testing;
  const model::Space space{
      {instruction, spaces::boolean("thinks", false),
       spaces::only_if(spaces::demonstrations("shown", 1, 3), "thinks", {"true"}),
       spaces::real("x", 0, 1, 0)}};
  const ChoicePools pools{.texts = {{"instruction", {"own", "other"}}},
                          .sets = {{"shown", {{4}, {1, 2}}}}};
  Assignment point = space.initial();
  point.set("thinks", true);
  point = space.normalised(point);
  point.set("shown", Demonstrations{{1, 2}});
  const PooledSpace pooled{space, space.initial(), {point}, pools};
  EXPECT_EQ(pooled.space().initial(), space.initial());
  const Assignment there = pooled.to_pooled(point);
  EXPECT_EQ(pooled.space().problem_of(there), "");
  EXPECT_EQ(there.text("shown"), "1");
  EXPECT_EQ(pooled.space().starting_points(), std::vector{there});
  EXPECT_EQ(pooled.to_original(there), point);
  for (std::uint32_t i = 0; i < 50; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    const Assignment drawn = pooled.to_original(pooled.space().sample(stream, 9));
    EXPECT_EQ(space.problem_of(drawn), "");
    EXPECT_EQ(pooled.to_original(pooled.to_pooled(drawn)), drawn);
  }
}

TEST(Features, choices_with_a_meaning_differ_as_their_sets_do) {
  const model::Space space{{model::testing::categorical("set", {"0", "1", "2", "3"}),
                            model::testing::categorical("word", {"0", "1"})}};
  const detail::UnitCube cube{space};
  const detail::Features features{cube, space, 100, {{"set", {{}, {1, 2}, {2, 99}, {5, 6}}}}};
  const auto distance = [&](const char* a, const char* b) {
    const auto at = [&](const char* choice) {
      Assignment assignment = space.initial();
      assignment.set("set", std::string{choice});
      return features.of(assignment);
    };
    detail::DistanceTable table{features.count()};
    const std::vector others{at(b)};
    features.add_distances(at(a), others, table);
    EXPECT_EQ(table[0][1], 0);
    return table[0][0];
  };
  EXPECT_EQ(distance("1", "1"), 0);
  EXPECT_NEAR(distance("1", "2"), 1, 1e-12);  // one of two in common
  EXPECT_EQ(distance("1", "3"), 2);
  EXPECT_EQ(distance("0", "3"), 1);
}

}  // namespace
}  // namespace foundation::optimize
