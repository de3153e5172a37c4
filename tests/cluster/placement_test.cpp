#include "cluster/placement.hpp"

#include <algorithm>
#include <numeric>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"

namespace foundation::cluster {
namespace {

NodeCapacity reserved(std::string name, std::uint32_t cores) {
  return {.name = std::move(name), .cores = cores, .grant = Grant::reserved, .memory_bytes = {}};
}

std::vector<NodeCapacity> equal_nodes(std::size_t count, std::uint32_t cores) {
  std::vector<NodeCapacity> nodes;
  for (std::size_t i = 0; i < count; ++i) nodes.push_back(reserved("n" + std::to_string(i), cores));
  return nodes;
}

PlacementPolicy at_most(std::int64_t workers, std::uint32_t minimum = 1) {
  return {.max_workers = workers, .min_workers_per_node = minimum, .cell = {}};
}

std::vector<std::uint32_t> slots_of(const PlacementPlan& plan) {
  std::vector<std::uint32_t> slots;
  for (const NodePlan& node : plan.nodes) slots.push_back(node.slots);
  return slots;
}

std::vector<std::uint32_t> sorted(std::vector<std::uint32_t> numbers) {
  std::ranges::sort(numbers, std::ranges::greater{});
  return numbers;
}

core::ErrorKind kind_of_refusal(const std::vector<NodeCapacity>& nodes,
                                const PlacementPolicy& policy) {
  try {
    static_cast<void>(plan_slots(nodes, policy));
  } catch (const core::Error& error) {
    EXPECT_FALSE(error.hint().empty());
    return error.kind();
  }
  ADD_FAILURE() << "was not refused";
  return core::ErrorKind::internal;
}

using Numbers = std::vector<std::uint32_t>;

TEST(Placement, rounding_never_changes_the_sum) {
  EXPECT_EQ(sorted(slots_of(plan_slots(equal_nodes(3, 8), at_most(8)))), (Numbers{3, 3, 2}));
  EXPECT_EQ(sorted(slots_of(plan_slots(equal_nodes(4, 8), at_most(10)))), (Numbers{3, 3, 2, 2}));
  EXPECT_EQ(sorted(slots_of(plan_slots(equal_nodes(4, 8), at_most(9)))), (Numbers{3, 2, 2, 2}));
}

TEST(Placement, four_slots_on_ten_equal_nodes_go_to_four_of_them) {
  const auto plan = plan_slots(equal_nodes(10, 8), at_most(4));
  EXPECT_EQ(sorted(slots_of(plan)), (Numbers{1, 1, 1, 1, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(plan.slots, 4U);
}

TEST(Placement, a_minimum_that_does_not_fit_everywhere_means_fewer_nodes) {
  EXPECT_EQ(sorted(slots_of(plan_slots(equal_nodes(3, 8), at_most(2)))), (Numbers{1, 1, 0}));
  EXPECT_EQ(sorted(slots_of(plan_slots(equal_nodes(3, 8), at_most(11, 4)))), (Numbers{6, 5, 0}));
}

TEST(Placement, a_node_too_small_for_the_minimum_gets_nothing) {
  const std::vector<NodeCapacity> nodes{reserved("large", 8), reserved("small", 2)};
  const auto plan = plan_slots(nodes, {.max_workers = {}, .min_workers_per_node = 4, .cell = {}});
  EXPECT_EQ(slots_of(plan), (Numbers{8, 0}));
  EXPECT_EQ(plan.nodes[1].note, "it has room for 2 slots, the minimum is 4");
}

TEST(Placement, the_minimum_counts_against_capacity) {
  const std::vector<NodeCapacity> nodes{reserved("a", 10), reserved("b", 2)};
  EXPECT_EQ(slots_of(plan_slots(nodes, at_most(12))), (Numbers{10, 2}));
  EXPECT_EQ(slots_of(plan_slots(nodes, at_most(8))), (Numbers{6, 2}));
}

TEST(Placement, all_of_what_is_reserved_and_four_fifths_of_what_is_shared) {
  std::vector<NodeCapacity> nodes{reserved("a", 10), reserved("b", 10)};
  EXPECT_EQ(plan_slots(nodes, {}).slots, 20U);
  nodes[1].grant = Grant::shared;
  EXPECT_EQ(slots_of(plan_slots(nodes, {})), (Numbers{9, 9}));
  nodes[0].grant = Grant::shared;
  EXPECT_EQ(plan_slots(nodes, {}).slots, 16U);
}

TEST(Placement, load_is_a_number_of_tasks_not_a_share) {
  NodeCapacity node{.name = "a", .cores = 64, .load_of_others = 1.0, .memory_bytes = {}};
  EXPECT_EQ(plan_slots({{node}}, at_most(100)).slots, 63U);
  node.grant = Grant::reserved;  // the load is on cores that are not ours
  EXPECT_EQ(plan_slots({{node}}, at_most(100)).slots, 64U);
}

TEST(Placement, a_saturated_node_gets_no_minimum) {
  NodeCapacity busy{.name = "busy", .cores = 4, .load_of_others = 9, .memory_bytes = {}};
  const auto plan = plan_slots({{busy, reserved("free", 4)}}, {});
  EXPECT_EQ(slots_of(plan), (Numbers{0, 4}));
  EXPECT_EQ(plan.nodes[0].note, "of its 4 cores 0 are free, a cell takes 1");
}

TEST(Placement, a_started_rank_has_a_slot_and_what_is_too_much_is_said) {
  NodeCapacity busy{
      .name = "busy", .cores = 2, .load_of_others = 9, .memory_bytes = {}, .ranks = 4};
  const auto plan = plan_slots({{busy}}, {});
  EXPECT_EQ(slots_of(plan), (Numbers{4}));
  EXPECT_EQ(plan.oversubscribed, 4U);
  EXPECT_EQ(plan.nodes[0].note, "oversubscribed: 4 slots, room for 0");
  EXPECT_EQ(plan_slots({{busy}}, at_most(3)).slots, 3U);
}

TEST(Placement, slots_follow_from_what_a_cell_takes) {
  constexpr std::uint64_t gib = std::uint64_t{1} << 30;
  NodeCapacity node = reserved("a", 32);
  node.memory_bytes = 100 * gib;
  node.gpus = 4;
  const auto slots = [&](CellResources cell) {
    return plan_slots({{node}}, {.max_workers = {}, .min_workers_per_node = 1, .cell = cell}).slots;
  };
  EXPECT_EQ(slots({.cores = 4}), 8U);
  EXPECT_EQ(slots({.cores = 1, .memory_bytes = 30 * gib}), 3U);
  EXPECT_EQ(slots({.cores = 1, .memory_bytes = 30 * gib, .gpus = 2}), 2U);
  node.grant = Grant::shared;  // a fifth of the cores is left to others, not of the GPUs
  EXPECT_EQ(slots({.cores = 1, .memory_bytes = 0, .gpus = 1}), 4U);
}

TEST(Placement, says_why_a_node_gets_fewer_slots_than_its_cores_would_hold) {
  NodeCapacity node = reserved("a", 8);
  node.memory_bytes = std::uint64_t{4} << 30;
  node.gpus = 3;
  const auto note = [&node](const PlacementPolicy& policy) {
    const NodePlan plan = plan_slots({{node}}, policy).nodes.at(0);
    EXPECT_EQ(plan.asked, 8U);
    return plan.note;
  };
  const auto with = [](CellResources cell) {
    return PlacementPolicy{.max_workers = {}, .min_workers_per_node = 1, .cell = cell};
  };
  EXPECT_EQ(note({}), "");
  EXPECT_EQ(note(at_most(5)), "max_workers = 5 in all");
  EXPECT_EQ(note(with({.memory_bytes = std::uint64_t{1} << 30})),
            "its free memory of 4.0 GiB is enough for no more");
  EXPECT_EQ(note(with({.gpus = 1})), "its 3 GPUs are enough for no more");
  node.grant = Grant::shared;
  EXPECT_EQ(note({}), "a part of the cores that nobody has reserved is left to others");
  node.load_of_others = 2.5;
  EXPECT_EQ(note({}), "others keep 2.5 of its 8 cores busy, and a part is left to them");
}

TEST(Placement, memory_and_gpus_are_never_oversubscribed) {
  NodeCapacity node = reserved("a", 8);
  node.ranks = 8;
  node.gpus = 2;
  const PlacementPolicy policy{.max_workers = {}, .min_workers_per_node = 1, .cell = {.gpus = 1}};
  EXPECT_EQ(plan_slots({{node}}, policy).slots, 2U);
  node.gpus = 0;
  EXPECT_EQ(kind_of_refusal({node}, policy), core::ErrorKind::infrastructure);
}

TEST(Placement, unknown_cores_count_as_unhealthy_and_are_said) {
  NodeCapacity unknown = reserved("odd", 1);
  unknown.cores.reset();
  NodeCapacity sick = reserved("sick", 8);
  sick.healthy = false;
  const auto plan = plan_slots({{unknown, reserved("good", 4), sick}}, {});
  EXPECT_EQ(slots_of(plan), (Numbers{0, 4, 0}));
  EXPECT_EQ(plan.nodes[0].note, "its number of cores is unknown");
  EXPECT_EQ(plan.nodes[1].note, "");
  EXPECT_EQ(plan.nodes[2].note, "it is not healthy");
  EXPECT_EQ(kind_of_refusal({unknown, sick}, {}), core::ErrorKind::infrastructure);
}

TEST(Placement, what_cannot_be_is_refused) {
  const auto nodes = equal_nodes(2, 4);
  for (const std::int64_t workers : {0, -1})
    EXPECT_EQ(kind_of_refusal(nodes, at_most(workers)), core::ErrorKind::bad_input);
  EXPECT_EQ(kind_of_refusal(nodes, at_most(3, 4)), core::ErrorKind::bad_input);
  EXPECT_EQ(kind_of_refusal({}, {}), core::ErrorKind::infrastructure);
  NodeCapacity full{.name = "full", .cores = 4, .load_of_others = 4, .memory_bytes = {}};
  EXPECT_EQ(kind_of_refusal({full}, {}), core::ErrorKind::infrastructure);
}

TEST(LargestRemainder, shares_add_up_and_stay_beside_their_quota) {
  EXPECT_EQ(largest_remainder(10, Numbers{1, 1, 1}), (Numbers{4, 3, 3}));
  EXPECT_EQ(largest_remainder(7, Numbers{6, 3, 1}), (Numbers{4, 2, 1}));
  EXPECT_EQ(largest_remainder(0, Numbers{5, 5}), (Numbers{0, 0}));
  EXPECT_EQ(largest_remainder(3, Numbers{0, 0}), (Numbers{0, 0}));
  EXPECT_TRUE(largest_remainder(3, {}).empty());
}

/// Clusters of all kinds: sizes, loads, unhealthy and unknown nodes, memory, GPUs, ranks.
class RandomClusters {
 public:
  explicit RandomClusters(std::uint64_t seed) : stream_{seed, core::Purpose::simulate} {}

  std::uint32_t below(std::uint32_t limit) {
    return static_cast<std::uint32_t>(stream_.below(limit));
  }
  bool one_in(std::uint32_t n) { return below(n) == 0; }

  std::vector<NodeCapacity> nodes(bool with_ranks) {
    std::vector<NodeCapacity> nodes(1 + below(one_in(8) ? 64 : 12));
    for (std::size_t i = 0; i < nodes.size(); ++i) {
      NodeCapacity& node = nodes[i];
      node.name = "n" + std::to_string(i);
      node.healthy = !one_in(10);
      if (!one_in(12)) node.cores = 1 + below(one_in(4) ? 256 : 16);
      node.grant = one_in(2) ? Grant::shared : Grant::reserved;
      if (one_in(3)) node.load_of_others = below(2000) / 100.0;
      if (one_in(3)) node.memory_bytes = below(64);
      node.gpus = below(5);
      if (with_ranks) node.ranks = below(4);
    }
    return nodes;
  }
  PlacementPolicy policy() {
    PlacementPolicy policy;
    policy.min_workers_per_node = one_in(2) ? 1 : below(6);
    if (one_in(2)) policy.max_workers = std::max(policy.min_workers_per_node, 1U) + below(200);
    if (one_in(3)) policy.cell.cores = 1 + below(4);
    if (one_in(3)) policy.cell.memory_bytes = 1 + below(8);
    if (one_in(6)) policy.cell.gpus = below(3);
    return policy;
  }
  void shuffle(std::vector<NodeCapacity>& nodes) { stream_.shuffle(std::span{nodes}); }

 private:
  core::Stream stream_;
};

std::optional<PlacementPlan> try_plan(const std::vector<NodeCapacity>& nodes,
                                      const PlacementPolicy& policy) {
  try {
    return plan_slots(nodes, policy);
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::infrastructure);
    return std::nullopt;
  }
}

void expect_sound(const std::vector<NodeCapacity>& nodes, const PlacementPolicy& policy,
                  const PlacementPlan& plan) {
  const Numbers slots = slots_of(plan);
  ASSERT_EQ(slots.size(), nodes.size());
  ASSERT_EQ(std::accumulate(slots.begin(), slots.end(), std::uint64_t{0}), plan.slots);
  ASSERT_GT(plan.slots, 0U);
  ASSERT_LE(plan.slots, static_cast<std::uint64_t>(policy.max_workers.value_or(1 << 30)));
  std::uint64_t ranks = 0;
  std::uint64_t beyond = 0;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const NodeCapacity& node = nodes[i];
    if (slots[i] == 0) continue;
    ASSERT_TRUE(node.healthy && node.cores);
    ASSERT_GE(slots[i], policy.min_workers_per_node);
    ASSERT_LE(slots[i], std::max(plan.nodes[i].capacity, node.ranks));
    ASSERT_LE(slots[i] * policy.cell.gpus, node.gpus);
    if (node.memory_bytes) {
      ASSERT_LE(slots[i] * policy.cell.memory_bytes, *node.memory_bytes);
    }
    ranks += node.ranks;
    beyond += slots[i] - std::min(slots[i], plan.nodes[i].capacity);
  }
  ASSERT_EQ(plan.oversubscribed, beyond);
  if (!policy.max_workers && ranks == 0) {
    ASSERT_EQ(plan.oversubscribed, 0U);
    ASSERT_LE(plan.slots, plan.capacity);
  }
}

TEST(PlacementProperties, sums_caps_and_minimum_hold_and_order_makes_no_difference) {
  RandomClusters random{1};
  int planned = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto nodes = random.nodes(i % 2 == 0);
    const PlacementPolicy policy = random.policy();
    const auto plan = try_plan(nodes, policy);
    if (!plan) continue;
    ++planned;
    expect_sound(nodes, policy, *plan);
    if (HasFatalFailure()) FAIL() << "cluster " << i;
    random.shuffle(nodes);
    const auto again = plan_slots(nodes, policy);
    for (std::size_t k = 0; k < nodes.size(); ++k) {
      const auto before = std::ranges::find(plan->nodes, nodes[k].name, &NodePlan::name);
      ASSERT_EQ(again.nodes[k].slots, before->slots) << "cluster " << i;
    }
  }
  EXPECT_GT(planned, 80'000);
}

/// More capacity never means fewer slots in all, nor fewer on the node that has grown, as long as
/// no further node comes into use: then others must be given their minimum. (A node that has not
/// grown itself may lose a slot when the total grows: the Alabama paradox of Hamilton's method.)
TEST(PlacementProperties, slots_grow_with_capacity) {
  RandomClusters random{2};
  int compared = 0;
  int of_node = 0;
  for (int i = 0; i < 100'000; ++i) {
    auto nodes = random.nodes(false);
    const PlacementPolicy policy = random.policy();
    const auto before = try_plan(nodes, policy);
    const auto grown = random.below(static_cast<std::uint32_t>(nodes.size()));
    if (!nodes[grown].cores) continue;
    *nodes[grown].cores += 1 + random.below(8);
    const auto after = try_plan(nodes, policy);
    if (!before) continue;
    ++compared;
    ASSERT_TRUE(after) << "cluster " << i;
    ASSERT_GE(after->slots, before->slots) << "cluster " << i;
    const auto used = [](const PlacementPlan& plan) {
      return std::ranges::count_if(plan.nodes, [](const NodePlan& it) { return it.slots != 0; });
    };
    if (used(*after) > used(*before)) continue;
    if (after->nodes[grown].capacity == before->nodes[grown].capacity) continue;
    ++of_node;
    ASSERT_GE(after->nodes[grown].slots, before->nodes[grown].slots) << "cluster " << i;
  }
  EXPECT_GT(compared, 70'000);
  EXPECT_GT(of_node, 40'000);
}

}  // namespace
}  // namespace foundation::cluster
