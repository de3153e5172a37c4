#include "campaign/scheduler.hpp"

#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/contracts.hpp"
#include "core/random.hpp"

namespace foundation::campaign {
namespace {

using model::CellRange;
using model::Split;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using namespace std::chrono_literals;

CellRange cells(model::CandidateIndex candidate, std::uint32_t begin, std::uint32_t end) {
  return {candidate, Split::validation, begin, end};
}

core::Time at(core::Duration span) { return core::Time{} + span; }

SchedulerOptions with_chunk(std::uint32_t chunk, std::uint32_t ready = 1) {
  SchedulerOptions options;
  options.fixed_chunk = chunk;
  options.ready = ready;
  return options;
}

std::vector<Lease> take_all(Scheduler& scheduler, WorkerIndex worker, core::Time now = {}) {
  std::vector<Lease> leases;
  while (auto lease = scheduler.next_lease(worker, now)) leases.push_back(*lease);
  return leases;
}

TEST(Scheduler, gives_no_more_than_the_credit) {
  Scheduler scheduler{with_chunk(1, 2)};
  scheduler.add_worker(0, 3);
  scheduler.add_work(cells(0, 0, 100));
  EXPECT_EQ(take_all(scheduler, 0).size(), 5U);
  EXPECT_EQ(scheduler.leases_out(), 5U);
  EXPECT_EQ(scheduler.leased_cells(), 5U);
  EXPECT_EQ(scheduler.pending_cells(), 95U);
}

TEST(Scheduler, hands_out_in_the_order_of_requests_and_urgent_cells_first) {
  Scheduler scheduler{with_chunk(2, 9)};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(0, 0, 3));
  scheduler.add_urgent(cells(0, 7, 8));
  std::vector<CellRange> ranges;
  for (const Lease& lease : take_all(scheduler, 0)) ranges.push_back(lease.range);
  EXPECT_THAT(ranges, ElementsAre(cells(0, 7, 8), cells(0, 0, 2), cells(0, 2, 3)));
}

TEST(Scheduler, hands_samples_out_one_by_one_and_takes_no_request_for_a_candidate) {
  Scheduler scheduler{with_chunk(4, 3)};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(2, 0, 4));
  scheduler.add_work({2, Split::request, 0, 2});
  scheduler.add_work(cells(3, 0, 4));
  std::vector<CellRange> ranges;
  for (const Lease& lease : take_all(scheduler, 0)) ranges.push_back(lease.range);
  EXPECT_THAT(ranges, ElementsAre(cells(2, 0, 4), CellRange{2, Split::request, 0, 1},
                                  CellRange{2, Split::request, 1, 2}, cells(3, 0, 4)));
}

TEST(Scheduler, keeps_a_worker_at_its_candidate_and_others_away_from_it) {
  Scheduler scheduler{with_chunk(2, 0)};
  for (const WorkerIndex worker : {0U, 1U}) scheduler.add_worker(worker, 1);
  scheduler.add_work(cells(0, 0, 6));
  scheduler.add_work(cells(1, 0, 6));
  std::map<WorkerIndex, std::set<model::CandidateIndex>> seen;
  for (int round = 0; round < 3; ++round) {
    for (const WorkerIndex worker : {0U, 1U}) {
      const auto lease = scheduler.next_lease(worker, {});
      ASSERT_TRUE(lease);
      seen[worker].insert(lease->range.candidate);
      scheduler.close(lease->id, at(1ms), 1ms);
    }
  }
  EXPECT_THAT(seen[0], ElementsAre(0U));
  EXPECT_THAT(seen[1], ElementsAre(1U));
}

TEST(Scheduler, sizes_chunks_by_measured_cost) {
  SchedulerOptions options;
  options.chunk_target = 20ms;
  Scheduler scheduler{options};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(0, 0, 100'000));
  const auto first = scheduler.next_lease(0, {});
  EXPECT_EQ(first->range.size(), 1U);  // nothing is known yet
  scheduler.close(first->id, at(1ms), 1ms);
  EXPECT_EQ(scheduler.next_lease(0, at(1ms))->range.size(), 20U);
}

TEST(Scheduler, makes_chunks_smaller_towards_the_end) {
  SchedulerOptions options;
  options.chunk_target = 1s;
  Scheduler scheduler{options};
  for (WorkerIndex worker = 0; worker < 4; ++worker) scheduler.add_worker(worker, 1);
  scheduler.add_work(cells(0, 0, 1));
  scheduler.close(scheduler.next_lease(0, {})->id, at(1ms), 1ms);
  scheduler.add_work(cells(0, 1, 81));
  EXPECT_EQ(scheduler.next_lease(0, at(1ms))->range.size(), 10U);  // 80 / (2 x 4 slots)
  EXPECT_EQ(scheduler.next_lease(1, at(1ms))->range.size(), 9U);
}

TEST(Scheduler, gives_back_what_a_lost_worker_held) {
  Scheduler scheduler{with_chunk(3, 1)};
  scheduler.add_worker(4, 1);
  scheduler.add_work(cells(2, 0, 5));
  const auto leases = take_all(scheduler, 4);
  EXPECT_THAT(scheduler.remove_worker(4), ElementsAre(cells(2, 0, 3), cells(2, 3, 5)));
  EXPECT_FALSE(scheduler.has_worker(4));
  EXPECT_EQ(scheduler.leases_out(), 0U);
  EXPECT_EQ(scheduler.slots(), 0U);
  EXPECT_FALSE(scheduler.close(leases[0].id, {}, 1ms)) << "a late result closes nothing";
  EXPECT_THAT(scheduler.remove_worker(4), IsEmpty());
}

TEST(Scheduler, never_uses_the_name_of_a_lease_twice) {
  Scheduler scheduler{with_chunk(1)};
  scheduler.add_worker(0, 1);
  scheduler.add_work(cells(0, 0, 50));
  std::set<LeaseId> names;
  for (int i = 0; i < 50; ++i) {
    const auto lease = scheduler.next_lease(0, {});
    EXPECT_TRUE(names.insert(lease->id).second);
    scheduler.close(lease->id, {}, 1ms);
    EXPECT_FALSE(scheduler.close(lease->id, {}, 1ms));
  }
}

/// Worker 0 has two leases and one slot, worker 1 none; nothing is pending.
class IdleWorker : public ::testing::Test {
 protected:
  IdleWorker() {
    scheduler.add_worker(0, 1);
    scheduler.add_work(cells(0, 0, 1));
    scheduler.close(scheduler.next_lease(0, {})->id, at(10ms), 10ms);
    scheduler.add_work(cells(0, 1, 3));
    held = take_all(scheduler, 0, at(10ms));
    scheduler.add_worker(1, 1);
  }
  Scheduler scheduler{with_chunk(1)};
  std::vector<Lease> held;
};

TEST_F(IdleWorker, calls_back_the_last_lease_once) {
  const auto recall = scheduler.next_recall();
  ASSERT_TRUE(recall);
  EXPECT_EQ(recall->holder, 0U);
  EXPECT_EQ(recall->lease, held.back().id);
  EXPECT_FALSE(scheduler.next_recall());
  const auto given_back = scheduler.close(recall->lease, at(11ms), std::nullopt);
  ASSERT_TRUE(given_back);
  EXPECT_EQ(given_back->range, held.back().range);
}

TEST_F(IdleWorker, copies_an_overdue_lease_once) {
  EXPECT_FALSE(scheduler.next_copy(1, at(11ms))) << "it is not overdue yet";
  const auto copy = scheduler.next_copy(1, at(10s));
  ASSERT_TRUE(copy);
  EXPECT_EQ(copy->range, held.front().range);
  EXPECT_NE(copy->id, held.front().id);
  EXPECT_FALSE(scheduler.next_copy(1, at(20s))) << "the worker is no longer idle";
}

TEST_F(IdleWorker, gives_a_copied_lease_back_when_both_holders_are_lost) {
  const auto copy = scheduler.next_copy(1, at(10s));
  ASSERT_TRUE(copy);
  EXPECT_THAT(scheduler.remove_worker(0), ElementsAre(held.back().range));
  EXPECT_THAT(scheduler.remove_worker(1), ElementsAre(copy->range));
}

TEST_F(IdleWorker, copies_again_when_a_copy_was_lost) {
  ASSERT_TRUE(scheduler.next_copy(1, at(10s)));
  EXPECT_THAT(scheduler.remove_worker(1), IsEmpty()) << "the original is still out";
  scheduler.add_worker(2, 1);
  const auto second = scheduler.next_copy(2, at(20s));
  ASSERT_TRUE(second);
  EXPECT_EQ(second->range, held.front().range);
}

TEST(Scheduler, copies_nothing_before_it_knows_how_long_leases_take) {
  Scheduler scheduler{with_chunk(1)};
  scheduler.add_worker(0, 1);
  scheduler.add_worker(1, 1);
  scheduler.add_work(cells(0, 0, 1));
  ASSERT_TRUE(scheduler.next_lease(0, {}));
  EXPECT_FALSE(scheduler.next_copy(1, at(1h)));
}

TEST(Scheduler, refuses_empty_work) {
  Scheduler scheduler{{}};
  EXPECT_THROW(scheduler.add_work(cells(0, 3, 3)), core::ContractViolation);
  EXPECT_THROW(scheduler.add_worker(0, 0), core::ContractViolation);
}

/// Whatever happens, every cell is pending, leased or done, and counts agree.
TEST(Scheduler, loses_no_cell_in_any_sequence_of_events) {
  for (std::uint32_t seed = 0; seed < 100; ++seed) {
    core::Stream stream{seed, core::Purpose::simulate};
    Scheduler scheduler{with_chunk(1 + static_cast<std::uint32_t>(stream.below(4)),
                                   static_cast<std::uint32_t>(stream.below(3)))};
    std::map<LeaseId, Lease> out;
    std::map<LeaseId, WorkerIndex> holder;
    std::set<std::uint32_t> done;
    scheduler.add_work(cells(0, 0, 60));
    core::Time now;
    const auto answer = [&](LeaseId id) {
      const CellRange range = out[id].range;
      for (std::uint32_t position = range.begin; position < range.end; ++position)
        done.insert(position);
      scheduler.close(id, now, 1ms);
      out.erase(id);
    };
    for (int step = 0; step < 5000 && done.size() < 60; ++step) {
      now = now + core::Duration{5ms};
      const auto worker = static_cast<WorkerIndex>(stream.below(4));
      if (!scheduler.has_worker(worker)) {
        scheduler.add_worker(worker, 1 + static_cast<std::uint32_t>(stream.below(2)));
        continue;
      }
      const auto action = stream.below(10);
      auto lease = action < 5   ? scheduler.next_lease(worker, now)
                   : action < 6 ? scheduler.next_copy(worker, now)
                                : std::nullopt;
      if (lease) {
        out[lease->id] = *lease;
        holder[lease->id] = worker;
      }
      if (action == 6 && !out.empty()) answer(out.begin()->first);
      if (action == 7 && stream.chance(0.2)) {
        for (const CellRange& range : scheduler.remove_worker(worker)) scheduler.add_urgent(range);
        std::erase_if(out, [&](const auto& it) { return holder[it.first] == worker; });
      }
      if (action == 8) {
        if (const auto recall = scheduler.next_recall()) {
          const auto held = scheduler.close(recall->lease, now, std::nullopt);
          scheduler.add_urgent(held->range);
          out.erase(recall->lease);
        }
      }
      ASSERT_EQ(scheduler.leases_out(), out.size());
      ASSERT_GE(scheduler.pending_cells() + scheduler.leased_cells() + done.size(), 60U);
    }
    EXPECT_EQ(done.size(), 60U) << "seed " << seed;
  }
}

}  // namespace
}  // namespace foundation::campaign
