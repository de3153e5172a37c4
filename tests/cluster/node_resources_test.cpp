#include "cluster/node_resources.hpp"

#include <cstdlib>
#include <sched.h>

#include <gtest/gtest.h>

namespace foundation::cluster {
namespace {

NodeResources node_with(std::uint32_t affinity, std::optional<double> quota) {
  NodeResources node;
  node.cores_online = 64;
  node.cores_affinity = affinity;
  node.cgroup.cores = quota;
  return node;
}

TEST(GrantedCores, are_the_tightest_of_mask_and_quota) {
  EXPECT_EQ(granted_cores(node_with(8, std::nullopt)), 8U);
  EXPECT_EQ(granted_cores(node_with(8, 16.0)), 8U);
  EXPECT_EQ(granted_cores(node_with(8, 2.5)), 2U);
  EXPECT_EQ(granted_cores(node_with(8, 0.5)), 1U);
}

TEST(GrantedMemory, is_cut_by_the_group) {
  NodeResources node;
  node.memory_bytes = 1000;
  EXPECT_EQ(granted_memory_bytes(node), 1000U);
  node.cgroup.memory_bytes = 400;
  EXPECT_EQ(granted_memory_bytes(node), 400U);
  node.cgroup.memory_bytes = 4000;
  EXPECT_EQ(granted_memory_bytes(node), 1000U);
}

TEST(FreeMemory, is_what_machine_and_group_have_left) {
  NodeResources node;
  node.memory_bytes = 1000;
  node.memory_available_bytes = 700;
  EXPECT_EQ(free_memory_bytes(node), 700U);
  node.cgroup.memory_bytes = 600;
  EXPECT_EQ(free_memory_bytes(node), 600U);
  node.cgroup.memory_left_bytes = 50;
  EXPECT_EQ(free_memory_bytes(node), 50U);
}

TEST(LoadOfOthers, is_neither_ours_nor_of_yesterday) {
  NodeResources node;
  node.load = 6.5;
  node.running = 9;
  EXPECT_EQ(load_of_others(node, 4), 5.0);
  EXPECT_EQ(load_of_others(node, 1), 6.5);
  EXPECT_EQ(load_of_others(node, 12), 0.0);
  node.running = 1;  // what made the load has ended
  EXPECT_EQ(load_of_others(node, 1), 0.0);
}

TEST(IsReserved, by_mask_or_batch_job) {
  NodeResources node = node_with(64, 2.0);
  EXPECT_FALSE(is_reserved(node));
  node.slurm_cpus_on_node = 64;
  EXPECT_TRUE(is_reserved(node));
  EXPECT_TRUE(is_reserved(node_with(8, std::nullopt)));
}

TEST(SampleNode, reads_this_machine) {
  const NodeResources node = sample_node();
  EXPECT_FALSE(node.host.empty());
  EXPECT_GE(node.cores_affinity, 1U);
  EXPECT_LE(node.cores_affinity, node.cores_online);
  EXPECT_GT(node.memory_bytes, node.memory_available_bytes);
  EXPECT_GT(node.memory_available_bytes, 0U);
  EXPECT_GE(node.load, 0);
  EXPECT_GE(node.running, 1U);  // this test itself
  EXPECT_EQ(node.affinity.size(), node.cores_affinity);
}

TEST(SampleNode, respects_the_affinity_mask) {
  cpu_set_t before;
  CPU_ZERO(&before);
  ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
  int first = 0;
  while (!CPU_ISSET(first, &before)) ++first;
  cpu_set_t one;
  CPU_ZERO(&one);
  CPU_SET(first, &one);
  ASSERT_EQ(sched_setaffinity(0, sizeof one, &one), 0);
  EXPECT_EQ(sample_node().cores_affinity, 1U);
  EXPECT_EQ(sched_setaffinity(0, sizeof before, &before), 0);
}

TEST(SampleNode, reads_what_slurm_says) {
  setenv("SLURM_CPUS_PER_TASK", "12", 1);
  setenv("SLURM_CPUS_ON_NODE", "many", 1);
  const NodeResources node = sample_node();
  EXPECT_EQ(node.slurm_cpus_per_task, 12U);
  EXPECT_EQ(node.slurm_cpus_on_node, std::nullopt);
  unsetenv("SLURM_CPUS_PER_TASK");
  unsetenv("SLURM_CPUS_ON_NODE");
}

}  // namespace
}  // namespace foundation::cluster
