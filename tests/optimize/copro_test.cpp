#include <algorithm>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/optimize/text_world.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using model::Attempt;
using model::Candidate;

constexpr std::uint32_t heat = 8;

StrategyOptions options_for_heats(std::uint32_t heats) {
  StrategyOptions options;
  options.kind = "copro";
  options.candidates = heats * heat;
  options.iteration = heat;
  options.labeled = 2;
  return options;
}

/// Names of the parameters in which two candidates differ.
std::set<std::string> changes(const Candidate& a, const Candidate& b) {
  std::set<std::string> names;
  for (const model::Setting& setting : a.assignment.settings()) {
    const model::Value* other = b.assignment.find(setting.name);
    if (other == nullptr || *other != setting.value) names.insert(setting.name);
  }
  return names;
}

TEST(Copro, changes_one_parameter_a_heat_in_turn) {
  const TextWorld world{{.stages = 2, .failure_share = 0}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(6)});
  for (const Candidate& candidate : course.candidates) {
    if (candidate.index == 0 || candidate.origin.starts_with("recombined")) continue;
    EXPECT_EQ(changes(candidate, course.candidates[candidate.parent]),
              std::set{TextWorld::instruction_of(candidate.index / heat % 2)})
        << candidate.index;
  }
}

TEST(Copro, begins_with_what_the_user_named) {
  const TextWorld world{{.choices = {"first choice", "second choice"}}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(2)});
  const std::string name = TextWorld::instruction_of(0);
  EXPECT_EQ(course.candidates[1].assignment.text(name), "first choice");
  EXPECT_EQ(course.candidates[2].assignment.text(name), "second choice");
  EXPECT_EQ(course.candidates[3].origin, "rewrite of " + name);
}

TEST(Copro, asks_once_a_heat_and_shows_attempts_in_increasing_order) {
  const TextWorld world{{.failure_share = 0}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(5)});
  std::set<core::Digest> different;
  for (const model::TextRequest& request : course.requests) {
    different.insert(digest(request));
    EXPECT_EQ(request.kind, model::RequestKind::rewrite);
    EXPECT_TRUE(std::ranges::is_sorted(request.attempts, {}, &Attempt::score));
    EXPECT_LE(request.attempts.size(), heat);
  }
  EXPECT_EQ(different.size(), 5U);
  EXPECT_TRUE(course.requests.front().attempts.empty());
  EXPECT_EQ(course.requests.back().attempts.size(), heat);
}

TEST(Copro, goes_on_from_the_best_complete_candidate) {
  const TextWorld world{{}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(5)});
  for (const Candidate& candidate : course.candidates) {
    if (candidate.index < heat) continue;
    const std::uint32_t begin = candidate.index / heat * heat;
    EXPECT_TRUE(course.outcomes[candidate.parent].complete);
    for (std::uint32_t earlier = 0; earlier < begin; ++earlier) {
      const CandidateOutcome& other = course.outcomes[earlier];
      EXPECT_TRUE(!other.complete || other.score <= course.outcomes[candidate.parent].score);
    }
  }
}

TEST(Copro, replaces_what_could_not_be_written_by_further_samples) {
  const TextWorld world{{.failure_share = 0.2}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(6)});
  const auto recombined = std::ranges::count_if(
      course.candidates, [](const Candidate& it) { return it.origin.starts_with("recombined"); });
  EXPECT_LE(recombined, 2);
  EXPECT_GT(course.samples, course.candidates.size());
}

}  // namespace
}  // namespace foundation::optimize
