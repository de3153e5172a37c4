// Nothing starts that cannot finish before the end of an allocation.
#include <map>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "campaign/scheduler.hpp"
#include "tests/campaign/harness.hpp"

namespace foundation::campaign {
namespace {

using core::Duration;
using core::Time;
using foundation::testing::MemoryStorage;
using model::CellRange;
using ::testing::AnyOf;
using ::testing::IsEmpty;
using ::testing::Not;
using namespace std::chrono_literals;

Time at(Duration span) { return Time{} + span; }

CellRange cells(std::uint32_t begin, std::uint32_t end) {
  return {0, model::Split::validation, begin, end};
}

SchedulerOptions until(Duration deadline, std::uint32_t chunk, std::uint32_t ready = 1) {
  SchedulerOptions options;
  options.deadline = at(deadline);
  options.fixed_chunk = chunk;
  options.ready = ready;
  return options;
}

/// One worker that knows a cell to take a second; its slots are idle.
Scheduler with_known_cost(const SchedulerOptions& options, std::uint32_t slots = 1) {
  Scheduler scheduler{options};
  scheduler.add_worker(0, slots);
  scheduler.add_work(cells(0, 1));
  const auto first = scheduler.next_lease(0, at(0s));
  scheduler.close(first->id, at(1s), 1s);
  return scheduler;
}

TEST(Deadline, allows_cells_of_unknown_cost_until_it_has_come) {
  Scheduler scheduler{until(10s, 4, 9)};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(0, 100));
  EXPECT_EQ(scheduler.next_lease(0, at(9s))->range.size(), 4U);
  EXPECT_FALSE(scheduler.out_of_time(at(9s)));
  EXPECT_FALSE(scheduler.next_lease(0, at(10s)));
  EXPECT_TRUE(scheduler.out_of_time(at(10s)));
}

TEST(Deadline, makes_leases_smaller_until_nothing_fits) {
  Scheduler scheduler = with_known_cost(until(8s, 4, 0));
  scheduler.add_work(cells(1, 100));
  std::vector<std::uint32_t> sizes;
  Time now = at(1s);
  while (const auto lease = scheduler.next_lease(0, now)) {
    sizes.push_back(lease->range.size());
    now = now + lease->range.size() * 1s;
    EXPECT_LE(now, at(8s));
    scheduler.close(lease->id, now, lease->range.size() * 1s);
  }
  EXPECT_EQ(sizes.front(), 4U);
  EXPECT_LT(sizes.back(), 4U);
  EXPECT_GT(now, at(6s)) << "the time is used";
  EXPECT_TRUE(scheduler.out_of_time(now));
}

TEST(Deadline, counts_what_a_worker_still_has_to_do_first) {
  Scheduler scheduler = with_known_cost(until(10s, 4, 5));
  scheduler.add_work(cells(1, 100));
  std::uint32_t given = 0;
  while (const auto lease = scheduler.next_lease(0, at(1s))) given += lease->range.size();
  EXPECT_THAT(given, AnyOf(7U, 8U)) << "one slot, nine seconds, a little caution";
  EXPECT_FALSE(scheduler.out_of_time(at(1s))) << "an idle slot could still do something";
}

TEST(Deadline, sees_slots_side_by_side) {
  Scheduler scheduler = with_known_cost(until(10s, 1, 50), 4);
  scheduler.add_work(cells(1, 100));
  std::uint32_t given = 0;
  while (scheduler.next_lease(0, at(1s))) ++given;
  EXPECT_THAT(given, AnyOf(28U, 32U)) << "four slots, nine seconds, a little caution";
}

TEST(Deadline, goes_by_the_slow_cells) {
  Scheduler scheduler{until(100s, 1, 0)};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(0, 1000));
  for (int i = 0; i < 50; ++i) {
    const auto lease = scheduler.next_lease(0, at(0s));
    scheduler.close(lease->id, at(0s), i % 10 == 9 ? Duration{20s} : Duration{1s});
  }
  EXPECT_TRUE(scheduler.next_lease(0, at(70s)));
  EXPECT_FALSE(scheduler.next_lease(0, at(81s)));
}

TEST(Deadline, gives_no_copy_that_cannot_finish) {
  for (const Duration now : {Duration{50s}, Duration{99s}}) {
    Scheduler scheduler = with_known_cost(until(100s, 2, 0));
    scheduler.add_work(cells(1, 3));
    ASSERT_TRUE(scheduler.next_lease(0, at(1s)));
    scheduler.add_worker(1, 1);
    EXPECT_EQ(scheduler.next_copy(1, at(now)).has_value(), now < 98s);
  }
}

TEST(Deadline, is_no_matter_without_work) {
  Scheduler scheduler{until(10s, 1)};
  EXPECT_FALSE(scheduler.out_of_time(at(11s)));
}

/// Sessions of a second each on one run, where every cell takes 30 ms and a lease has four.
class Sessions : public ::testing::Test {
 protected:
  static constexpr Duration session = 1s;
  static constexpr Duration margin = 200ms;

  /// Works until the session ends; every lease is answered when its slots are through with it.
  static void work(Harness& run) {
    while (!run.ending) {
      run.pass(run.leases.empty() ? Duration{10ms} : Duration{0});
      if (!run.leases.empty()) {
        const auto [worker, lease] = run.leases.front();
        run.leases.pop_front();
        const Duration busy = lease.range.size() * 30ms;
        run.time = run.time + busy;
        EXPECT_LE(run.time, run.deadline.value()) << "it was started, so it ends in time";
        run.coordinator->results(worker, lease.id, lease.range, busy, run.results_of(lease), {},
                                 run.now());
      }
      run.sync();
      ASSERT_LT(run.time, at(session));
    }
  }
};

TEST_F(Sessions, end_before_the_limit_and_come_to_the_same_answer) {
  MemoryStorage storage;
  int sessions = 0;
  std::optional<EndReport> ending;
  for (; !ending || ending->ending == Ending::stopped; ++sessions) {
    ASSERT_LT(sessions, 10);
    Harness run{small_job(), storage};
    run.deadline = at(session - margin);
    run.start();
    run.join(0);
    work(run);
    ending = run.ending;
    EXPECT_EQ(ending->message, ending->ending == Ending::done ? "" : "end of the allocation");
  }
  const Harness reference{small_job(), storage};
  EXPECT_GE(sessions, 2);
  EXPECT_EQ(ending->ending, Ending::done);
  EXPECT_EQ(ending->result->answer, run_reference(reference.options, reference.workload).answer);
}

TEST_F(Sessions, do_not_wait_for_what_does_not_end_in_time) {
  for (const bool stopped_before : {false, true}) {
    MemoryStorage storage;
    Harness run{small_job(), storage};
    run.deadline = at(session - margin);
    run.start();
    run.join(0);
    ASSERT_THAT(run.leases, Not(IsEmpty()));
    if (stopped_before) run.coordinator->stop("stopped by SIGUSR1", run.now());
    while (!run.ending && run.time < at(session)) {
      run.pass(50ms);
      run.sync();
    }
    ASSERT_TRUE(run.ending);
    EXPECT_EQ(run.ending->ending, Ending::stopped);
    EXPECT_EQ(run.ending->message, stopped_before ? "stopped by SIGUSR1" : "end of the allocation");
    Harness next{small_job(), storage};
    next.start();
    next.join(0);
    next.run_to_the_end();
    EXPECT_EQ(next.ending->result->answer, run_reference(next.options, next.workload).answer);
  }
}

TEST_F(Sessions, that_begin_too_late_do_nothing) {
  MemoryStorage storage;
  Harness run{small_job(), storage};
  run.deadline = at(0s);
  run.start();
  run.join(0);
  run.pass(1ms);
  run.sync();
  run.pass(50ms);
  run.sync();
  ASSERT_TRUE(run.ending);
  EXPECT_EQ(run.ending->ending, Ending::stopped);
  EXPECT_THAT(run.leases, IsEmpty());
}

}  // namespace
}  // namespace foundation::campaign
