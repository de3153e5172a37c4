#include "campaign/coordinator.hpp"

#include <algorithm>
#include <cerrno>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/end_note.hpp"
#include "core/error.hpp"
#include "tests/campaign/harness.hpp"

namespace foundation::campaign {
namespace {

using foundation::testing::MemoryStorage;
using model::CellStatus;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::Not;
using namespace std::chrono_literals;

class CoordinatorTest : public ::testing::Test {
 protected:
  MemoryStorage storage;
  Harness run{small_job(), storage};
  void start(std::uint32_t workers = 1) {
    run.start();
    for (WorkerIndex worker = 0; worker < workers; ++worker) run.join(worker);
  }
};

TEST_F(CoordinatorTest, comes_to_the_answer_of_the_serial_run) {
  start(2);
  run.run_to_the_end();
  const simulation::Reference reference = run_reference(run.options, run.workload);
  EXPECT_EQ(run.ending->ending, Ending::done);
  EXPECT_EQ(run.ending->result->answer, reference.answer);
  EXPECT_EQ(run.ending->result->evaluations, 36U);
  EXPECT_THAT(run.dismissed, ElementsAre(0U, 1U));
  EXPECT_TRUE(run.disk.read("DONE"));
}

TEST_F(CoordinatorTest, sends_a_candidate_once_to_each_worker_and_before_its_leases) {
  start(2);
  run.run_to_the_end();
  std::ranges::sort(run.candidates);
  EXPECT_EQ(std::ranges::adjacent_find(run.candidates), run.candidates.end());
}

TEST_F(CoordinatorTest, says_nothing_before_it_is_durable) {
  start();
  for (int i = 0; i < 5; ++i) run.pass(200ms);
  while (!run.leases.empty()) run.answer_next();
  run.pass(200ms);
  EXPECT_THAT(run.reports, IsEmpty());
  EXPECT_THAT(run.published, IsEmpty());
  EXPECT_FALSE(run.ending);
  run.sync();
  EXPECT_THAT(run.reports, Not(IsEmpty()));
  EXPECT_EQ(run.ending->ending, Ending::done);
}

TEST_F(CoordinatorTest, lets_leases_finish_when_stopped) {
  start();
  run.coordinator->stop("signal TERM", run.now());
  const std::size_t out = run.leases.size();
  ASSERT_GT(out, 0U);
  for (std::size_t left = out; left > 0; --left) {
    EXPECT_FALSE(run.ending);
    run.answer_next();
    EXPECT_EQ(run.leases.size(), left - 1) << "nothing new starts";
    run.sync();
  }
  run.pass(100ms);
  run.sync();
  ASSERT_TRUE(run.ending);
  EXPECT_EQ(run.ending->ending, Ending::stopped);
  EXPECT_EQ(run.ending->message, "signal TERM");
  EXPECT_FALSE(run.disk.read("DONE"));
  EXPECT_EQ(read_end_note(run.disk)->reason, "signal TERM");
}

TEST_F(CoordinatorTest, goes_on_where_it_was_stopped) {
  start();
  run.answer_next();
  run.coordinator->stop("signal TERM", run.now());
  while (!run.ending) {
    if (!run.leases.empty()) run.answer_next();
    run.pass(100ms);
    run.sync();
  }
  Harness next{small_job(), storage};
  next.start();
  EXPECT_GT(next.recovered.cells, 0U);
  next.join(0);
  next.run_to_the_end();
  EXPECT_EQ(next.ending->result->answer, run_reference(run.options, run.workload).answer);
}

TEST_F(CoordinatorTest, ends_without_workers) {
  start(2);
  run.coordinator->worker_lost({0, LossKind::connection_lost, "connection lost"}, run.now());
  EXPECT_THAT(run.dismissed, IsEmpty());
  run.coordinator->worker_lost({1, LossKind::connection_lost, "connection lost"}, run.now());
  run.sync();
  run.pass(100ms);
  run.sync();
  ASSERT_TRUE(run.ending);
  EXPECT_EQ(run.ending->ending, Ending::workers_lost);
  EXPECT_THAT(run.ending->message, HasSubstr("connection lost"));
  ASSERT_TRUE(read_end_note(run.disk));
  EXPECT_TRUE(read_end_note(run.disk)->again);
}

TEST_F(CoordinatorTest, does_not_wait_for_a_worker_that_is_lost_before_it_joins) {
  start(1);
  run.coordinator->worker_lost({1, LossKind::connection_lost, "connection lost"}, run.now());
  run.join(1);
  EXPECT_THAT(run.dismissed, ElementsAre(1U));
  run.run_to_the_end();
  EXPECT_EQ(run.ending->ending, Ending::done);
}

TEST_F(CoordinatorTest, gives_no_cell_out_before_all_have_registered) {
  run.plan = {.nodes = {{.node = "", .planned_workers = 2, .planned_slots = 2}}, .workers = {0, 1}};
  start(1);
  run.pass(1s);
  EXPECT_THAT(run.leases, IsEmpty());
  EXPECT_FALSE(run.started);
  run.join(1);
  ASSERT_TRUE(run.started);
  EXPECT_TRUE(run.started->complete);
  std::set<WorkerIndex> served;
  for (const auto& [worker, lease] : run.leases) served.insert(worker);
  EXPECT_THAT(served, ElementsAre(0U, 1U));
  run.run_to_the_end();
  EXPECT_EQ(run.ending->result->answer, run_reference(run.options, run.workload).answer);
}

TEST_F(CoordinatorTest, waits_for_registrations_only_so_long) {
  run.plan = {.nodes = {{.node = "", .planned_workers = 3, .planned_slots = 3}},
              .workers = {0, 1, 2}};
  start(1);
  run.coordinator->worker_lost({1, LossKind::connection_lost, "connection lost"}, run.now());
  run.pass(9s);
  EXPECT_THAT(run.leases, IsEmpty());
  run.pass(2s);
  EXPECT_THAT(run.leases, Not(IsEmpty()));
  EXPECT_FALSE(run.started->complete);
  run.join(2);  // late, and welcome
  run.run_to_the_end();
  EXPECT_EQ(run.ending->ending, Ending::done);
}

TEST_F(CoordinatorTest, gives_cells_of_a_lost_worker_to_another_and_counts_late_results_once) {
  start(1);
  const auto late = run.leases;
  run.leases.clear();
  run.join(1);
  run.leases.clear();  // worker 1 is slow
  run.coordinator->worker_lost({0, LossKind::connection_lost, "connection lost"}, run.now());
  for (const auto& [worker, lease] : late) run.answer(worker, lease, run.results_of(lease));
  const std::uint64_t finished = run.store.finished();
  for (const auto& [worker, lease] : late) run.answer(worker, lease, run.results_of(lease));
  EXPECT_EQ(run.store.finished(), finished);
  EXPECT_EQ(run.coordinator->duplicates(), finished);
}

TEST_F(CoordinatorTest, retries_lost_cells_and_gives_up_in_the_end) {
  run.options.scheduler.fixed_chunk = 1;
  start();
  const auto stubborn = run.leases.front().second.range;
  std::uint32_t deliveries = 0;
  while (!run.ending) {
    if (!run.leases.empty() && run.leases.front().second.range == stubborn) {
      ++deliveries;
      std::vector<model::CellResult> lost(1);
      lost[0].status = CellStatus::lost;
      const auto [worker, lease] = run.leases.front();
      run.leases.pop_front();
      run.answer(worker, lease, lost);
    } else if (!run.leases.empty()) {
      run.answer_next();
    }
    run.pass(30ms);
    run.sync();
  }
  EXPECT_EQ(deliveries, 3U);
  EXPECT_EQ(run.store.cells(0, model::Split::validation)[stubborn.begin].status,
            CellStatus::crashed);
  EXPECT_EQ(run.coordinator->duplicates(), 0U) << "a lost cell is no duplicate";
}

TEST_F(CoordinatorTest, stops_when_a_cell_is_blocked_and_the_next_session_evaluates_it) {
  run.options.scheduler.fixed_chunk = 1;
  start();
  for (int i = 0; i < 5; ++i) run.answer_next();
  const auto [worker, lease] = run.leases.front();
  run.leases.pop_front();
  std::vector<model::CellResult> blocked(1);
  blocked[0].status = CellStatus::blocked;
  run.coordinator->results(worker, lease.id, lease.range, 1ms, blocked,
                           std::vector<std::string>{"the budget is spent"}, run.now());
  while (!run.ending) {
    while (!run.leases.empty()) run.answer_next();
    run.pass(30ms);
    run.sync();
  }
  EXPECT_EQ(run.ending->ending, Ending::stopped);
  EXPECT_EQ(run.ending->message, "the budget is spent");
  EXPECT_FALSE(run.store.is_finished(lease.range.candidate, lease.range.split, lease.range.begin));
  Harness next{small_job(), storage};
  next.start();
  next.join(0);
  next.run_to_the_end();
  EXPECT_EQ(next.ending->ending, Ending::done);
  EXPECT_EQ(next.ending->result->answer, run_reference(next.options, next.workload).answer);
}

TEST_F(CoordinatorTest, ends_without_a_result_when_everything_fails) {
  run.options.job.failure_share = 1;
  start();
  run.run_to_the_end();
  EXPECT_EQ(run.ending->ending, Ending::no_result);
  EXPECT_THAT(run.ending->message, HasSubstr("all failed; the first failure was"));
}

TEST_F(CoordinatorTest, stops_acknowledging_after_a_failed_write) {
  start();
  storage.fail_call(1, EIO);
  run.pass(50ms);
  run.sync();
  ASSERT_TRUE(run.ending);
  EXPECT_EQ(run.ending->ending, Ending::storage_failed);
  EXPECT_THAT(run.ending->message, HasSubstr("Input/output error"));
  EXPECT_TRUE(run.coordinator->ended());
  EXPECT_THAT(run.dismissed, ElementsAre(0U));
}

TEST_F(CoordinatorTest, gives_way_to_a_successor) {
  start();
  Harness successor{small_job(), storage};
  successor.start();
  run.pass(50ms);
  run.sync();
  ASSERT_TRUE(run.ending);
  EXPECT_EQ(run.ending->ending, Ending::fenced);
  EXPECT_FALSE(successor.ending);
}

TEST_F(CoordinatorTest, does_not_start_beside_a_successor) {
  Harness sleeper{small_job(), storage};
  (void)journal::claim_epoch(sleeper.disk, {});
  start();
  run.sync();
  CoordinatorOptions options;
  options.journal.epoch = 1;
  const Recovered recovered = recover(sleeper.disk, sleeper.store);
  const auto trajectory = sleeper.workload.make_trajectory(sleeper.store, recovered.proposals, {});
  try {
    const Coordinator late{options,       *trajectory,
                           sleeper.store, sleeper.workload.scoring(),
                           recovered,     sleeper.workload.examples(),
                           sleeper,       sleeper.now()};
    FAIL() << "it started";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::conflict);
    EXPECT_THAT(error.what(), HasSubstr("epoch 2 has taken over"));
  }
}

TEST_F(CoordinatorTest, gives_recalled_cells_to_the_idle_worker) {
  run.options.scheduler.fixed_chunk = 6;
  run.options.job.candidates = 1;
  start(1);
  ASSERT_EQ(run.leases.size(), 2U);
  run.join(1);
  run.pass(5ms);
  ASSERT_EQ(run.recalls.size(), 1U);
  run.coordinator->lease_returned(0, run.recalls[0].second, run.now());
  ASSERT_EQ(run.leases.size(), 3U);
  EXPECT_EQ(run.leases.back().first, 1U);
}

TEST_F(CoordinatorTest, keeps_quiet_after_the_end) {
  start();
  run.run_to_the_end();
  const auto leases = run.leases.size();
  run.join(5);
  run.coordinator->worker_lost({0, LossKind::connection_lost, ""}, run.now());
  run.coordinator->stop("", run.now());
  run.pass(10s);
  EXPECT_EQ(run.leases.size(), leases);
  EXPECT_EQ(run.disk.pending(), 0U);
  EXPECT_EQ(run.dismissed.back(), 5U);
}

}  // namespace
}  // namespace foundation::campaign
