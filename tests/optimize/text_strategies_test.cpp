#include <algorithm>
#include <iterator>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/model/model_test_spaces.hpp"
#include "tests/optimize/text_world.hpp"

/// What every strategy must do that has texts written.
namespace foundation::optimize {
namespace {

using namespace testing;
using model::Candidate;
using ::testing::HasSubstr;

constexpr std::uint32_t heat = 8;

class EveryTextStrategy : public ::testing::TestWithParam<std::string_view> {
 protected:
  [[nodiscard]] static StrategyOptions options(std::uint32_t candidates, std::uint64_t seed = 1) {
    StrategyOptions options;
    options.kind = std::string{GetParam()};
    options.candidates = candidates;
    options.iteration = heat;
    options.labeled = 2;
    options.bootstrapped = 4;
    options.seed = seed;
    return options;
  }
  [[nodiscard]] static WorldCourse course(const TextWorldOptions& world,
                                          std::uint32_t candidates = 6 * heat) {
    return run_world(TextWorld{world}, {.strategy = options(candidates)});
  }
  static void expect_distinct(const std::vector<Candidate>& candidates) {
    std::set<core::Digest> digests;
    for (const Candidate& candidate : candidates) {
      EXPECT_FALSE(candidate.origin.empty());
      EXPECT_TRUE(digests.insert(digest(candidate.assignment)).second)
          << candidate.index << ", " << candidate.origin;
    }
  }
};

/// Median over seeds of the true quality of what is found, beside that of random search with as
/// many evaluations, which may try the writer's words only where they are choices.
TEST_P(EveryTextStrategy, finds_more_than_random_search_with_as_many_evaluations) {
  constexpr std::uint64_t seeds = 6;
  for (const std::uint32_t stages : {1U, 2U}) {
    double found = 0;
    double by_chance = 0;
    for (std::uint64_t seed = 1; seed <= seeds; ++seed) {
      const TextWorld world{{.stages = stages, .seed = seed}};
      const WorldCourse course = run_world(world, {.strategy = options(80, seed)});
      StrategyOptions random = options(100'000, seed);
      random.kind = "random";
      found += course.best / seeds;
      by_chance += run_world(world, {.strategy = random, .most_cells = course.cells}).best / seeds;
    }
    EXPECT_GT(found, by_chance + 0.1) << stages << " stages";
    RecordProperty("quality_" + std::to_string(stages), std::to_string(found));
  }
}

TEST_P(EveryTextStrategy, proposes_valid_distinct_candidates) {
  for (const std::uint32_t stages : {1U, 3U}) {
    const WorldCourse all = course({.stages = stages});
    EXPECT_EQ(all.candidates.size(), 6 * heat);
    expect_distinct(all.candidates);
    EXPECT_EQ(all.candidates[0].origin, "baseline");
    for (const Candidate& candidate : all.candidates) {
      const bool has_parent = candidate.parent != model::no_candidate;
      EXPECT_TRUE(!has_parent || candidate.parent < candidate.index) << candidate.index;
    }
  }
}

TEST_P(EveryTextStrategy, does_not_depend_on_the_order_of_evidence) {
  const TextWorld world{{.stages = 2}};
  const WorldCourse expected = run_world(world, {.strategy = options(4 * heat)});
  for (std::uint32_t order = 1; order <= 10; ++order) {
    const WorldCourse other = run_world(world, {.strategy = options(4 * heat), .order = order});
    EXPECT_EQ(other.candidates, expected.candidates) << order;
    EXPECT_EQ(other.cells, expected.cells) << "what is asked for does not depend on time either";
  }
}

TEST_P(EveryTextStrategy, goes_on_from_restored_candidates) {
  const TextWorld world{{.stages = 2}};
  const WorldCourse expected = run_world(world, {.strategy = options(4 * heat)});
  for (const std::size_t kept : {1U, 5U, heat, heat + 3, 3 * heat + 1}) {
    const std::vector restored(expected.candidates.begin(),
                               expected.candidates.begin() + static_cast<std::ptrdiff_t>(kept));
    EXPECT_EQ(run_world(world, {.strategy = options(4 * heat), .restored = restored}).candidates,
              expected.candidates)
        << kept;
  }
}

TEST_P(EveryTextStrategy, seed_decides) {
  const TextWorld world{{}};
  EXPECT_NE(run_world(world, {.strategy = options(2 * heat, 1)}).candidates,
            run_world(world, {.strategy = options(2 * heat, 2)}).candidates);
}

/// Neither stalls nor repeats itself when nobody writes; the rest of the space is searched.
TEST_P(EveryTextStrategy, goes_on_when_no_text_can_be_written) {
  const WorldCourse all = course({.failure_share = 1, .choices = {"answer skill2", "skill3"}});
  EXPECT_EQ(all.candidates.size(), 6 * heat);
  expect_distinct(all.candidates);
  const WorldCourse alone =
      course({.most_demonstrations = 0, .has_numbers = false, .failure_share = 1});
  EXPECT_EQ(alone.candidates.size(), 1U) << "there is nothing but the baseline";
}

TEST_P(EveryTextStrategy, works_without_demonstrations_and_without_a_train_split) {
  const TextWorldOptions bare{.most_demonstrations = 0, .has_numbers = false};
  const WorldCourse all = course(bare);
  EXPECT_GT(all.candidates.size(), heat);
  expect_distinct(all.candidates);
  TextWorldOptions unfed = bare;
  unfed.train = 0;
  EXPECT_GE(course(unfed).candidates.size(), heat);
}

TEST_P(EveryTextStrategy, minimises_where_that_is_asked_for) {
  const WorldCourse up = course({}, 80);
  const WorldCourse down = course({.maximise = false}, 80);
  EXPECT_GT(up.best, 0.35) << "the baseline has 0.18";
  EXPECT_GT(down.best, 0.35);
}

TEST_P(EveryTextStrategy, respects_constraints_and_starting_points) {
  model::Assignment point;
  point.set("thinks", true);
  point.set("number", 0.1);
  const WorldCourse all = course(
      {.constraints = {model::parse_constraint("number <= 0.9")}, .starting_points = {point}});
  EXPECT_EQ(all.candidates[1].origin, "starting point");
  EXPECT_EQ(all.candidates.size(), 6 * heat);  // run_world checks them all
}

TEST_P(EveryTextStrategy, respects_conditions) {
  model::Assignment point;
  point.set("thinks", true);
  const WorldCourse all =
      course({.stages = 2, .has_optional_stage = true, .starting_points = {point}});
  EXPECT_EQ(all.candidates.size(), 6 * heat);  // run_world checks them all
  expect_distinct(all.candidates);
}

/// What one heat needs is asked for in a few rounds, whatever the number of its proposals.
TEST_P(EveryTextStrategy, asks_for_all_needs_of_a_heat_at_once) {
  for (const std::uint32_t size : {8U, 32U}) {
    StrategyOptions wide = options(4 * size);
    wide.iteration = size;
    const WorldCourse all =
        run_world(TextWorld{{.train = 120, .failure_share = 0}}, {.strategy = wide});
    for (const std::uint32_t rounds : all.rounds) EXPECT_LE(rounds, 10U) << size;
  }
}

TEST_P(EveryTextStrategy, needs_a_program_with_open_texts) {
  try {
    static_cast<void>(
        make_strategy(options(10), {.space = model::testing::classifier_space(), .train_size = 9}));
    ADD_FAILURE() << "no error";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("needs a program that can have texts written"));
  }
}

std::vector<std::string_view> kinds_with_texts() {
  std::vector<std::string_view> kinds;
  std::ranges::copy_if(strategy_kinds(), std::back_inserter(kinds), reads_texts);
  return kinds;
}

INSTANTIATE_TEST_SUITE_P(Kinds, EveryTextStrategy, ::testing::ValuesIn(kinds_with_texts()),
                         [](const auto& which) { return std::string{which.param}; });

}  // namespace
}  // namespace foundation::optimize
