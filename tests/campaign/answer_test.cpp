#include "campaign/answer.hpp"

#include <gtest/gtest.h>

#include "tests/simulation/workload.hpp"

namespace foundation::campaign {
namespace {

using model::CellRange;
using model::Split;

/// Runs a small job to its end and lets a test change one cell on the way.
core::Digest answer_with(const std::function<void(const CellRange&, model::CellResult&)>& change,
                         FinishedRecord* summary = nullptr, bool counts_cost = false) {
  simulation::Options options;
  options.job = {.candidates = 3, .train = 4, .validation = 6, .test = 4, .failure_share = 0};
  options.trajectory.race.racing = optimize::Racing::none;
  if (counts_cost) options.trajectory.objectives.minimised = {optimize::Objective::cost};
  const simulation::Workload workload{options};
  optimize::CellStore store = workload.make_store();
  const auto trajectory = workload.make_trajectory(store, {}, {});
  trajectory->advance();
  for (auto work = trajectory->take_changes().work; !work.empty();
       work = trajectory->take_changes().work) {
    for (const CellRange& range : work) {
      std::vector<model::CellResult> results;
      for (std::uint32_t position = range.begin; position < range.end; ++position) {
        const auto digest =
            model::digest(trajectory->proposals()[range.candidate].candidate.assignment);
        results.push_back(simulation::evaluate(options.job, digest, range.split, position));
        change({range.candidate, range.split, position, position + 1}, results.back());
      }
      store.finish(range, results);
      trajectory->advance(&range);
    }
  }
  if (summary != nullptr) *summary = summarise(*trajectory, store, workload.scoring(), 1);
  return answer_digest(*trajectory, store);
}

const core::Digest plain = answer_with([](const CellRange&, model::CellResult&) {});

TEST(AnswerDigest, ignores_who_and_how_long) {
  EXPECT_EQ(answer_with([](const CellRange&, model::CellResult& cell) {
              cell.duration_us = 17;
              cell.attempts = 3;
            }),
            plain);
}

TEST(AnswerDigest, notices_every_output_status_and_score) {
  const auto at = [](const CellRange& cell, std::uint32_t candidate, Split split) {
    return cell.candidate == candidate && cell.split == split && cell.begin == 2;
  };
  EXPECT_NE(answer_with([&](const CellRange& cell, model::CellResult& result) {
              if (at(cell, 1, Split::validation)) result.output ^= 1;
            }),
            plain);
  EXPECT_NE(answer_with([&](const CellRange& cell, model::CellResult& result) {
              if (at(cell, 0, Split::test)) result.score += 1e-15;
            }),
            plain);
  EXPECT_NE(answer_with([&](const CellRange& cell, model::CellResult& result) {
              if (at(cell, 0, Split::test)) result.status = model::CellStatus::invalid_output;
            }),
            plain);
}

TEST(AnswerDigest, holds_costs_where_they_count) {
  const auto unchanged = [](const CellRange&, model::CellResult&) {};
  const auto dearer = [](const CellRange& cell, model::CellResult& result) {
    if (cell.candidate == 1 && cell.split == Split::validation) result.cost += 0.5;
  };
  EXPECT_EQ(answer_with(dearer), plain);
  EXPECT_NE(answer_with(unchanged, nullptr, true), plain);
  EXPECT_NE(answer_with(dearer, nullptr, true), answer_with(unchanged, nullptr, true));
}

/// A search on a store that may hold what an earlier session with fewer candidates left there.
std::unique_ptr<optimize::Trajectory> run_to_end(const simulation::Workload& workload,
                                                 const simulation::SyntheticJob& job,
                                                 optimize::CellStore& store,
                                                 std::vector<optimize::Proposal> restored = {}) {
  auto trajectory = workload.make_trajectory(store, std::move(restored), {});
  trajectory->advance();
  for (auto work = trajectory->take_changes().work; !work.empty();
       work = trajectory->take_changes().work) {
    for (const CellRange& range : work) {
      const auto subject = simulation::subject_of(*trajectory, range);
      std::vector<model::CellResult> results;
      for (std::uint32_t position = range.begin; position < range.end; ++position) {
        results.push_back(simulation::evaluate(job, subject, range.split, position));
      }
      store.finish(range, results);
      trajectory->advance(&range);
    }
  }
  return trajectory;
}

TEST(AnswerDigest, of_a_continued_run_is_that_of_a_straight_one) {
  for (const auto racing : {optimize::Racing::none, optimize::Racing::halving}) {
    int other_winners = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) {
      simulation::Options options;
      options.job = {
          .candidates = 12, .validation = 16, .test = 4, .failure_share = 0, .seed = seed};
      options.trajectory.race = {.racing = racing, .heat = 8};
      options.trajectory.lookahead = 16;
      const simulation::Workload all{options};
      simulation::Options fewer = options;
      fewer.job.candidates = 5;
      const simulation::Workload first{fewer};

      optimize::CellStore once = all.make_store();
      const auto straight = run_to_end(all, options.job, once);
      optimize::CellStore twice = all.make_store();
      const auto begun = run_to_end(first, options.job, twice);
      const auto continued = run_to_end(all, options.job, twice, begun->proposals());
      EXPECT_EQ(answer_digest(*continued, twice), answer_digest(*straight, once)) << seed;
      if (begun->winner() != continued->winner() && begun->winner() != 0) ++other_winners;
    }
    EXPECT_GT(other_winners, 3);
  }
}

TEST(Summary, tells_winner_and_intervals) {
  FinishedRecord summary;
  const core::Digest answer = answer_with([](const CellRange&, model::CellResult&) {}, &summary);
  EXPECT_EQ(summary.answer, answer);
  EXPECT_EQ(summary.evaluations, 18U);
  EXPECT_EQ(summary.test_evaluations, summary.winner == 0 ? 4U : 8U);
  EXPECT_GE(summary.validation_winner, summary.validation_baseline);
  EXPECT_LE(summary.test_winner.low, summary.test_winner.estimate);
  EXPECT_GE(summary.test_winner.high, summary.test_winner.estimate);
  EXPECT_NEAR(summary.test_difference.estimate,
              summary.test_winner.estimate - summary.test_baseline.estimate, 1e-12);
}

}  // namespace
}  // namespace foundation::campaign
