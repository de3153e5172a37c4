#include "runtime/slots.hpp"

#include <gtest/gtest.h>

namespace foundation::runtime {
namespace {

cluster::NodeResources open_machine(std::uint32_t cores) {
  cluster::NodeResources node;
  node.cores_online = node.cores_affinity = cores;
  return node;
}

TEST(SlotsForRank, what_was_asked_for_is_taken) {
  EXPECT_EQ(slots_for_rank(7, 4, open_machine(2)), 7U);
}

TEST(SlotsForRank, a_fifth_of_an_open_machine_is_left_to_others) {
  EXPECT_EQ(slots_for_rank(0, 1, open_machine(10)), 8U);
  EXPECT_EQ(slots_for_rank(0, 1, open_machine(2)), 2U);
  EXPECT_EQ(slots_for_rank(0, 1, open_machine(1)), 1U);
}

TEST(SlotsForRank, unbound_ranks_of_a_node_share_its_cores) {
  EXPECT_EQ(slots_for_rank(0, 4, open_machine(40)), 8U);
  EXPECT_EQ(slots_for_rank(0, 64, open_machine(4)), 1U);
}

TEST(SlotsForRank, bound_ranks_and_batch_jobs_use_all_they_were_given) {
  cluster::NodeResources bound = open_machine(40);
  bound.cores_affinity = 10;
  EXPECT_EQ(slots_for_rank(0, 4, bound), 10U);
  cluster::NodeResources reserved = open_machine(40);
  reserved.slurm_cpus_per_task = 40;
  EXPECT_EQ(slots_for_rank(0, 1, reserved), 40U);
}

}  // namespace
}  // namespace foundation::runtime
