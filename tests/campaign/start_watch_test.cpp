#include "campaign/start_watch.hpp"

#include <gtest/gtest.h>

namespace foundation::campaign {
namespace {

/// Ranks 0 and 1 on node a, 2 on node b.
StartPlan plan() {
  return {.nodes = {{.node = "a", .planned_workers = 2, .planned_slots = 8},
                    {.node = "b", .planned_workers = 1, .planned_slots = 4}},
          .workers = {0, 1, 2}};
}

TEST(StartWatch, says_once_that_all_have_joined) {
  StartWatch watch{plan(), core::Time{100}};
  watch.worker_joined(0, "a", 4);
  watch.worker_joined(2, "b", 4);
  EXPECT_FALSE(watch.check(core::Time{1}, 10));
  EXPECT_FALSE(watch.has_started());
  watch.worker_joined(1, "a", 4);
  const auto started = watch.check(core::Time{2}, 20);
  ASSERT_TRUE(started);
  EXPECT_TRUE(watch.has_started());
  EXPECT_TRUE(started->complete);
  EXPECT_EQ(started->at, 20);
  EXPECT_EQ(describe(*started), "started 12 of 12 slots: 3 of 3 workers on 2 of 2 nodes");
  EXPECT_FALSE(watch.check(core::Time{200}, 30));
}

TEST(StartWatch, waits_no_longer_than_the_limit_and_counts_what_is_there) {
  StartWatch watch{plan(), core::Time{100}};
  watch.worker_joined(0, "a", 3);  // one slot fewer than planned
  EXPECT_FALSE(watch.check(core::Time{99}, 1));
  const auto started = watch.check(core::Time{100}, 2);
  ASSERT_TRUE(started);
  EXPECT_FALSE(started->complete);
  EXPECT_EQ(describe(*started),
            "started 3 of 12 slots: 1 of 3 workers on 1 of 2 nodes; a: 1 of 2 workers; b: 0 of 1 "
            "workers");
  const auto copy = decode<StartedRecord>(encode(*started));
  EXPECT_EQ(copy.nodes, started->nodes);
  EXPECT_EQ(copy.complete, started->complete);
  EXPECT_EQ(copy.at, started->at);
}

TEST(StartWatch, counts_nodes_that_nobody_planned) {
  StartWatch watch{plan(), core::Time{5}};
  watch.worker_joined(3, "c", 2);
  const auto started = watch.check(core::Time{5}, 0);
  ASSERT_TRUE(started);
  ASSERT_EQ(started->nodes.size(), 3U);
  EXPECT_EQ(started->nodes[2].slots, 2U);
}

TEST(StartWatch, waits_for_nobody_who_is_lost) {
  StartWatch watch{plan(), core::Time{100}};
  watch.worker_joined(0, "a", 4);
  watch.worker_joined(2, "b", 4);
  watch.worker_lost(7);  // nobody waits for it
  EXPECT_FALSE(watch.check(core::Time{1}, 0));
  watch.worker_lost(1);
  const auto started = watch.check(core::Time{2}, 0);
  ASSERT_TRUE(started);
  EXPECT_FALSE(started->complete);
}

TEST(StartWatch, without_a_plan_waits_for_nobody_and_says_nothing) {
  StartWatch watch{{}, core::Time{0}};
  EXPECT_TRUE(watch.has_started());
  watch.worker_joined(0, "a", 1);
  EXPECT_FALSE(watch.check(core::Time{1}, 0));
}

}  // namespace
}  // namespace foundation::campaign
