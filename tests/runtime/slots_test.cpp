#include "runtime/slots.hpp"

#include <numeric>

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::runtime {
namespace {

using cluster::NodeResources;
using Numbers = std::vector<std::uint32_t>;

/// A quiet machine that nobody has reserved.
NodeResources open_machine(std::uint32_t cores, std::string host = "a") {
  NodeResources node;
  node.host = std::move(host);
  node.cores_online = node.cores_affinity = cores;
  node.affinity.resize(cores);
  std::iota(node.affinity.begin(), node.affinity.end(), 0U);
  node.memory_bytes = node.memory_available_bytes = std::uint64_t{64} << 30;
  return node;
}

NodeResources bound_to(NodeResources node, std::uint32_t first, std::uint32_t count) {
  node.affinity.resize(count);
  std::iota(node.affinity.begin(), node.affinity.end(), first);
  node.cores_affinity = count;
  return node;
}

Numbers slots_of(const std::vector<NodeResources>& ranks, const SlotRequest& request = {}) {
  const RankSlots placed = place_ranks(ranks, request);
  std::uint64_t of_nodes = 0;
  for (const cluster::PlacedNode& node : placed.nodes) of_nodes += node.slots;
  EXPECT_EQ(std::accumulate(placed.slots.begin(), placed.slots.end(), std::uint64_t{0}), of_nodes);
  return placed.slots;
}

SlotRequest asking(std::uint32_t slots_of_rank) {
  return {.slots_of_rank = slots_of_rank, .policy = {}};
}

TEST(PlaceRanks, what_was_asked_for_is_taken) {
  EXPECT_EQ(slots_of({open_machine(2)}, asking(7)), (Numbers{7}));
  EXPECT_EQ(slots_of({open_machine(2), open_machine(2)}, asking(3)), (Numbers{3, 3}));
  SlotRequest limited = asking(7);
  limited.policy.max_workers = 5;
  EXPECT_EQ(slots_of({open_machine(2), open_machine(2)}, limited), (Numbers{3, 2}));
}

TEST(PlaceRanks, a_fifth_of_an_open_machine_is_left_to_others) {
  EXPECT_EQ(slots_of({open_machine(10)}), (Numbers{8}));
  EXPECT_EQ(slots_of({open_machine(2)}), (Numbers{2}));
  EXPECT_EQ(slots_of({open_machine(1)}), (Numbers{1}));
}

TEST(PlaceRanks, unbound_ranks_of_a_node_share_its_slots_exactly) {
  EXPECT_EQ(slots_of(std::vector(4, open_machine(40))), (Numbers{8, 8, 8, 8}));
  EXPECT_EQ(slots_of(std::vector(3, open_machine(10))), (Numbers{3, 3, 2}));
  EXPECT_EQ(slots_of(std::vector(6, open_machine(4))), (Numbers{1, 1, 1, 1, 1, 1}));
  EXPECT_EQ(place_ranks(std::vector(6, open_machine(4)), {}).nodes.at(0).note,
            "oversubscribed: 6 slots, room for 4");
}

TEST(PlaceRanks, bound_ranks_use_all_they_were_given) {
  const NodeResources machine = open_machine(40);
  EXPECT_EQ(slots_of({bound_to(machine, 0, 10), bound_to(machine, 10, 10)}), (Numbers{10, 10}));
  EXPECT_EQ(slots_of({bound_to(machine, 0, 1), bound_to(machine, 1, 7)}), (Numbers{1, 7}));
  // The same mask: the cores are there once.
  EXPECT_EQ(slots_of({bound_to(machine, 0, 10), bound_to(machine, 0, 10)}), (Numbers{5, 5}));
}

TEST(PlaceRanks, a_batch_job_uses_all_of_its_node) {
  NodeResources reserved = open_machine(40);
  reserved.slurm_cpus_per_task = 40;
  reserved.load = 30;
  reserved.running = 30;
  EXPECT_EQ(slots_of({reserved}), (Numbers{40}));
}

TEST(PlaceRanks, others_at_work_leave_fewer_slots) {
  NodeResources busy = open_machine(10);
  busy.load = 6;
  busy.running = 7;  // this rank is one of them
  EXPECT_EQ(slots_of({busy}), (Numbers{3}));
  busy.running = 1;  // they have ended
  EXPECT_EQ(slots_of({busy}), (Numbers{8}));
  busy.running = 50;
  busy.load = 40;
  EXPECT_EQ(slots_of({busy}), (Numbers{1}));  // a started rank works
  busy.cores_online = 60;
  busy.cgroup.cores = 8;
  busy.cores_affinity = 60;
  busy.affinity.resize(60);
  EXPECT_EQ(slots_of({busy}), (Numbers{6}));  // they fit beside the 8 cores of our group
}

TEST(PlaceRanks, slots_follow_from_what_cells_take) {
  SlotRequest request;
  request.policy.cell = {.cores = 4, .memory_bytes = std::uint64_t{20} << 30, .gpus = 0};
  NodeResources node = bound_to(open_machine(80), 0, 40);
  EXPECT_EQ(slots_of({node}, request), (Numbers{3}));  // of 64 GiB
  request.policy.cell = {.cores = 1, .memory_bytes = 0, .gpus = 1};
  EXPECT_THROW(static_cast<void>(place_ranks(std::vector{node}, request)), core::Error);
  node.gpus = {"0", "1"};
  EXPECT_EQ(slots_of({node, node, node}, request), (Numbers{1, 1, 0}));
}

TEST(PlaceRanks, max_workers_counts_over_all_nodes) {
  SlotRequest request;
  request.policy.max_workers = 5;
  const auto a = bound_to(open_machine(64, "a"), 0, 8);
  const auto b = bound_to(open_machine(64, "b"), 0, 8);
  const RankSlots placed = place_ranks(std::vector{a, b, a, b}, request);
  EXPECT_EQ(placed.slots, (Numbers{2, 1, 1, 1}));
  EXPECT_EQ(placed.first_on_node, (Numbers{0, 0, 2, 1}));
  EXPECT_EQ(placed.node, (std::vector<std::size_t>{0, 1, 0, 1}));
  request.policy.max_workers = 2;
  EXPECT_EQ(slots_of({a, a, b, b}, request), (Numbers{1, 0, 1, 0}));
}

TEST(PlaceRanks, tells_what_each_node_offers_and_is_given) {
  SlotRequest request;
  request.policy.max_workers = 4;
  NodeResources a = bound_to(open_machine(64, "a"), 0, 4);
  a.gpus = {"0"};
  a.load = a.running = 3;
  const RankSlots placed =
      place_ranks(std::vector{a, a, bound_to(open_machine(8, "b"), 0, 2)}, request);
  ASSERT_EQ(placed.nodes.size(), 2U);
  const cluster::PlacedNode& first = placed.nodes[0];
  EXPECT_EQ(first.node, "a");
  EXPECT_EQ(first.ranks, 2U);
  EXPECT_EQ(first.workers, 2U);
  EXPECT_EQ(first.cores, 4U);
  EXPECT_EQ(first.cores_online, 64U);
  EXPECT_TRUE(first.reserved);
  EXPECT_EQ(first.load, 3);
  EXPECT_EQ(first.memory_bytes, std::uint64_t{64} << 30);
  EXPECT_EQ(first.gpus, std::vector<std::string>{"0"});
  EXPECT_EQ(first.slots_asked, 4U);
  EXPECT_EQ(first.slots, 3U);
  EXPECT_EQ(first.note, "max_workers = 4 in all");
  const campaign::StartPlan start = start_plan(placed);
  EXPECT_EQ(start.workers, (std::set<std::uint32_t>{0, 1, 2}));
  ASSERT_EQ(start.nodes.size(), 2U);
  EXPECT_EQ(start.nodes[1].planned_workers, 1U);
  EXPECT_EQ(start.nodes[1].planned_slots, 1U);
}

TEST(PackResources, keeps_everything) {
  NodeResources node = bound_to(open_machine(16, "b"), 3, 5);
  node.cgroup = {.cores = 2.5, .memory_bytes = {}, .memory_left_bytes = 77};
  node.slurm_cpus_on_node = 5;
  node.load = 1.25;
  node.running = 4;
  node.gpus = {"GPU-1", "0"};
  const auto bytes = pack_resources(node);
  const NodeResources copy = unpack_resources(bytes);
  EXPECT_EQ(pack_resources(copy), bytes);
  EXPECT_EQ(copy.affinity, node.affinity);
  EXPECT_EQ(copy.cgroup.memory_left_bytes, 77U);
  EXPECT_EQ(copy.gpus, node.gpus);
  EXPECT_THROW(static_cast<void>(unpack_resources(std::span{bytes}.first(bytes.size() - 1))),
               core::Error);
}

}  // namespace
}  // namespace foundation::runtime
