#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "optimize/detail/buckets.hpp"
#include "tests/optimize/text_world.hpp"

namespace foundation::optimize {
namespace {

using namespace testing;
using detail::Batch;
using detail::Bucket;
using model::Candidate;
using model::RequestKind;
using ::testing::ElementsAre;

constexpr std::uint32_t heat = 8;

StrategyOptions options_for_heats(std::uint32_t heats) {
  StrategyOptions options;
  options.kind = "simba";
  options.candidates = heats * heat;
  options.iteration = heat;
  options.labeled = 2;
  options.minibatch = 16;
  return options;
}

TEST(Buckets, come_with_the_largest_differences_first) {
  const TextWorld world{{.trials = 2}};
  WorldEvidence evidence{world};
  for (std::uint32_t index = 0; index < 3; ++index) {
    Candidate candidate{.index = index, .origin = {}, .assignment = world.space().initial()};
    candidate.assignment.set(TextWorld::instruction_of(0), "skill" + std::to_string(index));
    evidence.add(candidate);
  }
  std::vector<model::CellRange> cells;
  for (std::uint32_t index = 0; index < 3; ++index) {
    cells.push_back({index, model::Split::train, 8, 40});
    evidence.finish(cells.back());
  }
  const Batch batch = detail::sort_into_buckets(evidence, cells, 2, true);
  ASSERT_EQ(batch.buckets.size(), 16U);
  double last_gap = 2;
  double last_best = 2;
  std::set<std::uint32_t> examples;
  for (const Bucket& bucket : batch.buckets) {
    examples.insert(bucket.example);
    EXPECT_EQ(bucket.tries.size(), 6U);
    for (const detail::Try& it : bucket.tries) EXPECT_EQ(it.position / 2, bucket.example);
    EXPECT_TRUE(std::ranges::is_sorted(bucket.tries, std::ranges::greater{}, &detail::Try::gain));
    const double gap = bucket.best().gain - bucket.worst().gain;
    EXPECT_LE(gap, last_gap);
    if (gap == last_gap) {
      EXPECT_LE(bucket.best().gain, last_best);
    }
    last_gap = gap;
    last_best = bucket.best().gain;
  }
  EXPECT_EQ(examples.size(), 16U);
  EXPECT_EQ(*examples.begin(), 4U);
  EXPECT_EQ(batch.low, 0);
}

TEST(Draws, follow_their_distributions) {
  core::Stream stream{1, core::Purpose::simulate};
  std::map<std::size_t, int> drawn;
  const std::vector gains{0.5, 0.4, 0.0};
  double sum = 0;
  for (int i = 0; i < 4000; ++i) {
    ++drawn[detail::draw_softmax(gains, stream)];
    sum += detail::draw_poisson(0.7, stream);
  }
  EXPECT_NEAR(drawn[1] / static_cast<double>(drawn[0]), std::exp(-1.0), 0.05);
  EXPECT_NEAR(drawn[2] / static_cast<double>(drawn[0]), std::exp(-5.0), 0.01);
  EXPECT_NEAR(sum / 4000, 0.7, 0.05);
  EXPECT_EQ(detail::draw_poisson(0, stream), 0U);
}

std::size_t count_of(const WorldCourse& course, const std::string& word) {
  return static_cast<std::size_t>(std::ranges::count_if(
      course.candidates,
      [&word](const Candidate& it) { return it.origin.find(word) != std::string::npos; }));
}

TEST(Simba, adds_demonstrations_and_advice) {
  const WorldCourse course =
      run_world(TextWorld{{.stages = 2}}, {.strategy = options_for_heats(6)});
  EXPECT_GE(count_of(course, "shown example"), 10U);
  EXPECT_GE(count_of(course, "advice to"), 10U);
  int both = 0;
  for (const Candidate& candidate : course.candidates) {
    if (candidate.parent == model::no_candidate) continue;
    const model::Assignment& parent = course.candidates[candidate.parent].assignment;
    int longer = 0;
    for (std::uint32_t stage = 0; stage < 2; ++stage) {
      const std::string& text = candidate.assignment.text(TextWorld::instruction_of(stage));
      const std::string& old = parent.text(TextWorld::instruction_of(stage));
      longer += text.starts_with(old + "\n") ? 1 : 0;
    }
    const bool is_advised = candidate.origin.find("advice to") != std::string::npos;
    EXPECT_EQ(longer > 0, is_advised);
    both += longer == 2 ? 1 : 0;
  }
  EXPECT_GE(both, 5) << "each stage is advised, unless the writer fails";
}

TEST(Simba, contrasts_a_better_and_a_worse_answer) {
  const WorldCourse course = run_world(TextWorld{{}}, {.strategy = options_for_heats(6)});
  std::size_t advised = 0;
  for (const model::TextRequest& request : course.requests) {
    if (request.kind != RequestKind::advise) continue;
    ++advised;
    ASSERT_EQ(request.observations.size(), 2U);
    EXPECT_GT(request.observations[0].score, request.observations[1].score);
    EXPECT_EQ(request.observations[0].position, request.observations[1].position);
  }
  EXPECT_GT(advised, 10U);
}

TEST(Simba, learns_from_repetitions_of_one_program) {
  const WorldCourse course =
      run_world(TextWorld{{.trials = 3}}, {.strategy = options_for_heats(1)});
  EXPECT_GE(count_of(course, "advice to 0"), 1U) << "there is the baseline alone";
}

TEST(Simba, rewrites_where_no_answers_differ) {
  const TextWorld world{{.most_demonstrations = 0, .has_numbers = false}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(1)});
  EXPECT_EQ(course.candidates.size(), heat);
  EXPECT_EQ(count_of(course, "rewrite of"), heat - 1);
  EXPECT_EQ(course.requests.front().observations.size(), 3U);
}

TEST(Simba, runs_the_best_and_the_baseline_on_one_minibatch_a_heat) {
  StrategyOptions options = options_for_heats(3);
  options.trajectories = 3;
  const TextWorld world{{.failure_share = 0}};
  const WorldCourse course = run_world(world, {.strategy = options});
  const std::uint64_t validation = 3 * (heat / 2 * 48 + heat / 2 * 12);
  EXPECT_EQ(course.cells - course.samples - validation, 16 * (1 + 3 + 3));
}

TEST(Simba, keeps_demonstrations_within_limits) {
  const TextWorld world{{.most_demonstrations = 2}};
  const WorldCourse course = run_world(world, {.strategy = options_for_heats(8)});
  for (const Candidate& candidate : course.candidates) {
    const auto& shown = candidate.assignment.demonstrations(TextWorld::demonstrations_of(0));
    EXPECT_LE(shown.positions.size(), 2U);
  }
}

}  // namespace
}  // namespace foundation::optimize
