// Text requests in the hands of a coordinator.
#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/coordinator.hpp"
#include "tests/campaign/harness.hpp"

namespace foundation::campaign {
namespace {

using foundation::testing::MemoryStorage;
using model::CellStatus;
using ::testing::Contains;
using namespace std::chrono_literals;

/// A job whose strategy has texts written.
simulation::Options texts_job() {
  simulation::Options options = small_job();
  options.job.kind = simulation::SyntheticKind::texts;
  options.job.candidates = 6;
  options.trajectory.race = {.racing = optimize::Racing::friedman, .heat = 2};
  options.trajectory.proposes_by_heats = options.job.by_heats = true;
  return options;
}

class TextsTest : public ::testing::Test {
 protected:
  [[nodiscard]] std::uint32_t samples_leased() const { return samples_leased_; }
  /// Runs until the disk has `samples` texts, or to the end.
  void run_until(Harness& run, std::uint32_t samples) {
    while (!run.ending && samples_leased_ < samples) {
      if (!run.leases.empty()) {
        const bool is_sample = run.leases.front().second.range.split == model::Split::request;
        if (is_sample) ++samples_leased_;
        run.answer_next();
      }
      run.pass(30ms);
      run.sync();
    }
  }
  std::uint32_t samples_leased_ = 0;
  MemoryStorage storage;
};

TEST_F(TextsTest, come_to_the_answer_of_the_serial_run) {
  Harness run{texts_job(), storage};
  run.start();
  run.join(0);
  run.join(1);
  run.run_to_the_end();
  ASSERT_EQ(run.ending->ending, Ending::done);
  EXPECT_EQ(run.ending->result->answer, run_reference(run.options, run.workload).answer);
  EXPECT_GT(run.trajectory->requests().all().size(), 5U);
  std::uint64_t cells = 0;
  for (model::CandidateIndex candidate = 0; candidate < 6; ++candidate)
    cells += run.store.finished_prefix(candidate, model::Split::validation);
  for (const model::CellRange& range : run.trajectory->used_train_cells()) cells += range.size();
  const std::uint64_t without_texts = cells;
  for (const model::CellRange& range : run.trajectory->used_samples()) cells += range.size();
  EXPECT_EQ(run.ending->result->evaluations, cells);
  EXPECT_GT(cells, without_texts + 5);
}

TEST_F(TextsTest, are_announced_once_to_each_worker_and_before_their_leases) {
  Harness run{texts_job(), storage};
  run.start();
  run.join(0);
  run.join(1);
  while (!run.ending) {
    for (const auto& [worker, lease] : run.leases) {
      if (lease.range.split != model::Split::request) continue;
      EXPECT_THAT(run.requests, Contains(std::pair{worker, lease.range.candidate}));
      EXPECT_TRUE(lease.keep_outputs);
      EXPECT_EQ(lease.range.size(), 1U);
    }
    if (!run.leases.empty()) run.answer_next();
    run.pass(30ms);
    run.sync();
  }
  std::ranges::sort(run.requests);
  EXPECT_EQ(std::ranges::adjacent_find(run.requests), run.requests.end());
}

TEST_F(TextsTest, are_not_asked_for_again_by_a_resumed_run) {
  const simulation::Options options = texts_job();
  const simulation::Workload workload{options};
  const core::Digest expected = run_reference(options, workload).answer;
  std::uint32_t sessions = 0;
  std::optional<EndReport> ending;
  while (!ending) {
    ++sessions;
    Harness run{options, storage};
    run.start();
    const auto& known = run.recovered.requests;
    const auto& all = run.trajectory->requests().all();
    EXPECT_TRUE(std::equal(known.begin(), known.end(), all.begin())) << "with their numbers";
    run.join(0);
    run_until(run, samples_leased() + 2);  // then it is killed
    ending = run.ending;
  }
  EXPECT_GT(sessions, 3U);
  EXPECT_EQ(ending->result->answer, expected);
  storage = {};
  const std::uint32_t leased = std::exchange(samples_leased_, 0);
  Harness whole{options, storage};
  whole.start();
  whole.join(0);
  run_until(whole, 1000);
  EXPECT_EQ(leased, samples_leased()) << "all of its samples were durable when it was killed";
}

TEST_F(TextsTest, that_fail_are_tried_again_and_then_given_up) {
  Harness run{texts_job(), storage};
  run.start();
  run.join(0);
  std::map<std::tuple<std::uint32_t, std::uint32_t>, int> deliveries;
  while (!run.ending) {
    if (!run.leases.empty()) {
      const auto [worker, lease] = run.leases.front();
      const bool fails = lease.range.split == model::Split::request && lease.range.candidate == 0;
      if (!fails) {
        run.answer_next();
      } else {
        run.leases.pop_front();
        model::CellResult lost;
        lost.status = CellStatus::lost;
        ++deliveries[{lease.range.candidate, lease.range.begin}];
        run.answer(worker, lease, {lost}, {"no server"});
      }
    }
    run.pass(30ms);
    run.sync();
  }
  EXPECT_EQ(run.ending->ending, Ending::done);
  for (const auto& [sample, count] : deliveries) EXPECT_EQ(count, 3);
  EXPECT_FALSE(deliveries.empty());
  EXPECT_EQ(run.store.text(0, model::Split::request, 0), "");
  EXPECT_EQ(run.store.cells(0, model::Split::request)[0].status, CellStatus::crashed);
  EXPECT_EQ(run.coordinator->first_failure(), "lost: no server");
}

TEST_F(TextsTest, that_are_blocked_stop_the_run_and_are_asked_for_by_the_next_session) {
  const simulation::Options options = texts_job();
  Harness run{options, storage};
  run.start();
  run.join(0);
  while (!run.ending) {
    if (!run.leases.empty()) {
      const auto [worker, lease] = run.leases.front();
      if (lease.range.split != model::Split::request) {
        run.answer_next();
      } else {
        run.leases.pop_front();
        model::CellResult blocked;
        blocked.status = CellStatus::blocked;
        run.answer(worker, lease, {blocked}, {"the budget is spent"});
      }
    }
    run.pass(30ms);
    run.sync();
  }
  EXPECT_EQ(run.ending->ending, Ending::stopped);
  EXPECT_EQ(run.ending->message, "the budget is spent");
  Harness next{options, storage};
  next.start();
  next.join(0);
  next.run_to_the_end();
  EXPECT_EQ(next.ending->result->answer, run_reference(options, next.workload).answer);
}

}  // namespace
}  // namespace foundation::campaign
