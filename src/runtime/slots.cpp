#include "runtime/slots.hpp"

#include <algorithm>
#include <numeric>

#include "cluster/node_sample.hpp"
#include "core/codec.hpp"
#include "core/contracts.hpp"

namespace foundation::cluster {

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, NodeResources& node, unsigned /*version*/) {
  archive & node.host & node.cores_online & node.cores_affinity & node.affinity;
  serialize_optional(archive, node.cgroup.cores);
  serialize_optional(archive, node.cgroup.memory_bytes);
  serialize_optional(archive, node.cgroup.memory_left_bytes);
  serialize_optional(archive, node.slurm_cpus_per_task);
  serialize_optional(archive, node.slurm_cpus_on_node);
  archive & node.memory_bytes & node.memory_available_bytes & node.load & node.running & node.gpus;
}
// clang-format on

}  // namespace foundation::cluster

namespace foundation::runtime {

using cluster::NodeResources;

namespace {

/// A node as its ranks see it together, and which they are.
struct Node {
  NodeResources resources;
  std::vector<std::size_t> ranks;
};

template <class T>
void unite(std::vector<T>& all, const std::vector<T>& more) {
  for (const T& item : more)
    if (std::ranges::find(all, item) == all.end()) all.push_back(item);
}

/// Ranks may be bound to different cores and hidden from each other's GPUs. Their groups'
/// processor time counts once: it is mostly the same group.
void merge(NodeResources& node, const NodeResources& rank) {
  unite(node.affinity, rank.affinity);
  unite(node.gpus, rank.gpus);
  node.cores_affinity = std::max(node.cores_affinity, rank.cores_affinity);
  if (!node.affinity.empty())
    node.cores_affinity = static_cast<std::uint32_t>(node.affinity.size());
  if (node.cgroup.cores)
    node.cgroup.cores =
        rank.cgroup.cores ? std::max(*node.cgroup.cores, *rank.cgroup.cores) : rank.cgroup.cores;
  node.memory_available_bytes = std::min(node.memory_available_bytes, rank.memory_available_bytes);
  node.load = std::min(node.load, rank.load);
  node.running = std::min(node.running, rank.running);
  if (!node.slurm_cpus_on_node) node.slurm_cpus_on_node = rank.slurm_cpus_on_node;
  if (!node.slurm_cpus_per_task) node.slurm_cpus_per_task = rank.slurm_cpus_per_task;
}

std::vector<Node> group_by_host(std::span<const NodeResources> ranks) {
  std::vector<Node> nodes;
  for (std::size_t rank = 0; rank < ranks.size(); ++rank) {
    const auto known = std::ranges::find_if(
        nodes, [&](const Node& node) { return node.resources.host == ranks[rank].host; });
    if (known == nodes.end()) {
      nodes.push_back({ranks[rank], {rank}});
    } else {
      merge(known->resources, ranks[rank]);
      known->ranks.push_back(rank);
    }
  }
  return nodes;
}

cluster::NodeCapacity capacity_of(const Node& node, const SlotRequest& request) {
  const auto ranks = static_cast<std::uint32_t>(node.ranks.size());
  const std::uint32_t granted = cluster::granted_cores(node.resources);
  cluster::NodeCapacity capacity{.name = node.resources.host,
                                 .cores = granted,
                                 .memory_bytes = cluster::free_memory_bytes(node.resources),
                                 .gpus = static_cast<std::uint32_t>(node.resources.gpus.size()),
                                 .ranks = ranks};
  if (cluster::is_reserved(node.resources)) capacity.grant = cluster::Grant::reserved;
  // Others may as well run on the cores that we may not use.
  const double elsewhere =
      node.resources.cores_online - std::min(granted, node.resources.cores_online);
  capacity.load_of_others =
      std::max(0.0, cluster::load_of_others(node.resources, ranks) - elsewhere);
  if (request.slots_of_rank == 0) return capacity;
  capacity.grant = cluster::Grant::reserved;  // the user has said how many
  capacity.cores = request.slots_of_rank * ranks * std::max(request.policy.cell.cores, 1U);
  return capacity;
}

/// The node for reports.
cluster::PlacedNode describe(const Node& node, const cluster::NodeCapacity& capacity,
                             const cluster::NodePlan& plan) {
  const NodeResources& resources = node.resources;
  return {.node = resources.host,
          .ranks = capacity.ranks,
          .cores_online = resources.cores_online,
          .cores = cluster::granted_cores(resources),
          .reserved = cluster::is_reserved(resources),
          .load = resources.load,
          .load_of_others = capacity.load_of_others,
          .memory_bytes = cluster::granted_memory_bytes(resources),
          .memory_free_bytes = cluster::free_memory_bytes(resources),
          .gpus = resources.gpus,
          .slots_asked = plan.asked,
          .slots = plan.slots,
          .note = plan.note};
}

/// Splits the slots of a node: one each first, if there are enough, the rest by cores.
std::vector<std::uint32_t> split_among(const Node& node, std::span<const NodeResources> ranks,
                                       std::uint32_t slots, const SlotRequest& request) {
  const auto count = static_cast<std::uint32_t>(node.ranks.size());
  std::vector<std::uint32_t> shares(count, 0);
  if (slots < count) {
    std::fill_n(shares.begin(), slots, 1U);
    return shares;
  }
  std::vector<std::uint32_t> weights;
  for (const std::size_t rank : node.ranks)
    weights.push_back(request.slots_of_rank != 0 ? 1U : ranks[rank].cores_affinity - 1);
  if (std::accumulate(weights.begin(), weights.end(), std::uint64_t{0}) == 0)
    std::ranges::fill(weights, 1U);
  shares = cluster::largest_remainder(slots - count, weights);
  for (std::uint32_t& share : shares) ++share;
  return shares;
}

}  // namespace

RankSlots place_ranks(std::span<const NodeResources> ranks, const SlotRequest& request) {
  EXPECTS(!ranks.empty());
  const std::vector<Node> nodes = group_by_host(ranks);
  std::vector<cluster::NodeCapacity> capacities;
  RankSlots placed;
  for (const Node& node : nodes) capacities.push_back(capacity_of(node, request));
  const cluster::PlacementPlan plan = cluster::plan_slots(capacities, request.policy);
  placed.slots.resize(ranks.size());
  placed.first_on_node.resize(ranks.size());
  placed.node.resize(ranks.size());
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    const auto shares = split_among(nodes[i], ranks, plan.nodes[i].slots, request);
    placed.nodes.push_back(describe(nodes[i], capacities[i], plan.nodes[i]));
    std::uint32_t first = 0;
    for (std::size_t k = 0; k < shares.size(); ++k) {
      const std::size_t rank = nodes[i].ranks[k];
      placed.slots[rank] = shares[k];
      placed.nodes[i].workers += shares[k] > 0 ? 1 : 0;
      placed.first_on_node[rank] = first;
      placed.node[rank] = i;
      first += shares[k];
    }
  }
  return placed;
}

campaign::StartPlan start_plan(const RankSlots& placed) {
  campaign::StartPlan plan;
  for (const cluster::PlacedNode& node : placed.nodes)
    plan.nodes.push_back(
        {.node = node.node, .planned_workers = node.workers, .planned_slots = node.slots});
  for (std::size_t rank = 0; rank < placed.slots.size(); ++rank)
    if (placed.slots[rank] > 0) plan.workers.insert(static_cast<std::uint32_t>(rank));
  return plan;
}

std::vector<std::byte> pack_resources(const NodeResources& node) {
  core::Encoder encoder;
  encoder << node;
  return encoder.take();
}

NodeResources unpack_resources(std::span<const std::byte> bytes) {
  core::Decoder decoder{bytes};
  NodeResources node;
  decoder >> node;
  decoder.finish();
  return node;
}

}  // namespace foundation::runtime
