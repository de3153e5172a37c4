#include "cluster/placement.hpp"

#include <algorithm>
#include <numeric>
#include <tuple>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::cluster {
namespace {

constexpr std::uint32_t most_slots = (1U << 20) - 1;  // a node: keeps products within 64 bits
constexpr std::uint64_t shared_percent = 80;

std::uint32_t at_most(std::uint64_t number, std::uint64_t limit) {
  return static_cast<std::uint32_t>(std::min({number, limit, std::uint64_t{most_slots}}));
}

/// One node on the way from capacity to slots.
struct Entry {
  std::size_t index = 0;  ///< in the input
  std::string_view name;
  std::uint32_t by_cores = 0;  ///< slots its free cores hold
  std::uint32_t hard = 0;      ///< slots its memory and GPUs hold: never exceeded
  std::uint32_t room = 0;      ///< slots it may be given
  std::uint32_t ranks = 0;
  std::uint32_t base = 0;  ///< given before the rest is shared out
  bool reserved = false;

  [[nodiscard]] std::uint32_t capacity() const { return std::min(by_cores, hard); }
};

/// Free cores of a node to the nearest whole one: the load is a mean, not a count.
std::uint32_t free_cores(const NodeCapacity& node) {
  const double cores = *node.cores;
  if (node.grant == Grant::reserved || !(node.load_of_others > 0)) return *node.cores;
  return static_cast<std::uint32_t>(std::max(0.0, cores - node.load_of_others) + 0.5);
}

Entry entry_of(std::size_t index, const NodeCapacity& node, const PlacementPolicy& policy) {
  Entry entry{.index = index, .name = node.name};
  const CellResources& cell = policy.cell;
  entry.by_cores = at_most(free_cores(node) / std::max(cell.cores, 1U), most_slots);
  entry.hard = most_slots;
  if (cell.memory_bytes != 0 && node.memory_bytes)
    entry.hard = at_most(*node.memory_bytes / cell.memory_bytes, entry.hard);
  if (cell.gpus != 0) entry.hard = at_most(node.gpus / cell.gpus, entry.hard);
  entry.ranks = at_most(node.ranks, entry.hard);
  entry.room = std::max(entry.capacity(), entry.ranks);
  entry.reserved = node.grant == Grant::reserved;
  return entry;
}

std::string why_unused(const NodeCapacity& node, const PlacementPolicy& policy) {
  if (!node.healthy) return "it is not healthy";
  if (!node.cores) return "its number of cores is unknown";
  const CellResources& cell = policy.cell;
  const Entry entry = entry_of(0, node, policy);
  if (cell.gpus > node.gpus)
    return fmt::format("it has {} GPUs, a cell takes {}", node.gpus, cell.gpus);
  if (entry.hard == 0)
    return fmt::format("it has {} of memory free, a cell takes {}",
                       core::format_size(node.memory_bytes.value_or(0)),
                       core::format_size(cell.memory_bytes));
  if (entry.room == 0)
    return fmt::format("of its {} cores {} are free, a cell takes {}", *node.cores,
                       free_cores(node), cell.cores);
  if (entry.room < policy.min_workers_per_node)
    return fmt::format("it has room for {} slots, the minimum is {}", entry.room,
                       policy.min_workers_per_node);
  return "other nodes took all slots";
}

/// Why a node that is used got fewer slots than its granted cores would hold.
std::string why_fewer(const NodeCapacity& node, const NodePlan& plan,
                      const PlacementPolicy& policy) {
  const Entry entry = entry_of(0, node, policy);
  const CellResources& cell = policy.cell;
  if (plan.slots == entry.hard && cell.gpus != 0 && node.gpus / cell.gpus == entry.hard)
    return fmt::format("its {} GPUs are enough for no more", node.gpus);
  if (plan.slots == entry.hard)
    return fmt::format("its free memory of {} is enough for no more",
                       core::format_size(node.memory_bytes.value_or(0)));
  if (policy.max_workers) return fmt::format("max_workers = {} in all", *policy.max_workers);
  if (entry.by_cores < plan.asked)
    return fmt::format("others keep {:.1f} of its {} cores busy, and a part is left to them",
                       node.load_of_others, *node.cores);
  return "a part of the cores that nobody has reserved is left to others";
}

[[noreturn]] void refuse(std::span<const NodeCapacity> nodes, const PlacementPolicy& policy) {
  const bool any_healthy = std::ranges::any_of(
      nodes, [](const NodeCapacity& node) { return node.healthy && node.cores.has_value(); });
  std::string reasons;
  constexpr std::size_t shown = 4;
  for (std::size_t i = 0; i < std::min(nodes.size(), shown); ++i)
    reasons += fmt::format("; {}: {}", nodes[i].name, why_unused(nodes[i], policy));
  if (nodes.size() > shown) reasons += fmt::format("; and {} more", nodes.size() - shown);
  throw core::Error{
      core::ErrorKind::infrastructure,
      (any_healthy ? "no node has room for a single slot" : "no node is healthy") + reasons,
      any_healthy ? "lower execution.min_workers_per_node or what "
                    "[program.resources] asks for, or use other nodes"
                  : "`foundation doctor` on the nodes says what is wrong"};
}

void check_policy(const PlacementPolicy& policy) {
  if (!policy.max_workers) return;
  if (*policy.max_workers < 1)
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("max_workers = {} leaves nobody to work", *policy.max_workers),
                      "give a number from 1, or \"auto\""};
  if (*policy.max_workers < policy.min_workers_per_node)
    throw core::Error{core::ErrorKind::bad_input,
                      fmt::format("max_workers = {} is less than min_workers_per_node = {}",
                                  *policy.max_workers, policy.min_workers_per_node),
                      "lower the minimum or raise the maximum"};
}

/// Slots to hand out. Only cores are left to others: where memory or GPUs limit more, they decide.
std::uint64_t wanted_slots(std::span<const Entry> entries, const PlacementPolicy& policy) {
  std::uint64_t room = 0;
  std::uint64_t reserved = 0;
  std::uint64_t shared = 0;
  std::uint64_t shared_by_cores = 0;
  std::uint64_t ranks = 0;
  for (const Entry& entry : entries) {
    room += entry.room;
    ranks += entry.ranks;
    (entry.reserved ? reserved : shared) += entry.capacity();
    if (!entry.reserved) shared_by_cores += entry.by_cores;
  }
  if (policy.max_workers) return std::min(room, static_cast<std::uint64_t>(*policy.max_workers));
  const std::uint64_t part = std::min(shared, (shared_by_cores * shared_percent + 50) / 100);
  return std::clamp(reserved + part, std::max<std::uint64_t>(ranks, 1), room);
}

std::uint64_t sum_of(std::span<const Entry> entries, std::uint32_t Entry::*number) {
  return std::transform_reduce(entries.begin(), entries.end(), std::uint64_t{0}, std::plus{},
                               [number](const Entry& entry) { return entry.*number; });
}

/// Sets what every node gets in advance, and drops the smallest nodes when not even the minimum
/// fits everywhere.
void choose_bases(std::vector<Entry>& entries, std::uint64_t wanted, std::uint32_t minimum) {
  for (Entry& entry : entries) entry.base = std::max(entry.ranks, minimum);
  if (sum_of(entries, &Entry::base) <= wanted) return;
  for (Entry& entry : entries) entry.base = minimum;
  if (minimum != 0 && wanted / minimum < entries.size())
    entries.resize(static_cast<std::size_t>(std::max<std::uint64_t>(wanted / minimum, 1)));
}

void share_out(std::vector<Entry>& entries, std::uint64_t wanted, PlacementPlan& plan) {
  std::vector<std::uint32_t> left;
  left.reserve(entries.size());
  for (const Entry& entry : entries) left.push_back(entry.room - entry.base);
  const std::uint64_t bases = sum_of(entries, &Entry::base);
  const std::uint64_t room = sum_of(entries, &Entry::room);
  const std::uint64_t total = std::clamp(wanted, bases, room);
  const auto shares = largest_remainder(total - bases, left);
  for (std::size_t i = 0; i < entries.size(); ++i)
    plan.nodes[entries[i].index].slots = entries[i].base + shares[i];
}

}  // namespace

std::vector<std::uint32_t> largest_remainder(std::uint64_t total,
                                             std::span<const std::uint32_t> weights) {
  const auto sum = std::accumulate(weights.begin(), weights.end(), std::uint64_t{0});
  std::vector<std::uint32_t> shares(weights.size(), 0);
  if (sum == 0) return shares;
  EXPECTS(total < (std::uint64_t{1} << 40));
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::uint64_t left = total;
  for (const std::size_t i : order) {
    EXPECTS(weights[i] <= most_slots);
    shares[i] = static_cast<std::uint32_t>(total * weights[i] / sum);
    left -= shares[i];
  }
  std::ranges::stable_sort(order, std::ranges::greater{},
                           [&](std::size_t i) { return total * weights[i] % sum; });
  for (std::size_t k = 0; k < left; ++k) ++shares[order[k]];
  return shares;
}

PlacementPlan plan_slots(std::span<const NodeCapacity> nodes, const PlacementPolicy& policy) {
  check_policy(policy);
  PlacementPlan plan;
  std::vector<Entry> entries;
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    plan.nodes.push_back({.name = nodes[i].name, .note = {}});
    if (!nodes[i].healthy || !nodes[i].cores) continue;
    plan.nodes.back().asked = *nodes[i].cores / std::max(policy.cell.cores, 1U);
    const Entry entry = entry_of(i, nodes[i], policy);
    plan.nodes.back().capacity = entry.capacity();
    if (entry.room >= std::max(policy.min_workers_per_node, 1U)) entries.push_back(entry);
  }
  if (entries.empty()) refuse(nodes, policy);
  // The largest first, then by name: the order of the input makes no difference.
  std::ranges::sort(entries, [](const Entry& a, const Entry& b) {
    return std::tuple{b.room, a.name, a.index} < std::tuple{a.room, b.name, b.index};
  });
  const std::uint64_t wanted = wanted_slots(entries, policy);
  choose_bases(entries, wanted, policy.min_workers_per_node);
  share_out(entries, wanted, plan);
  for (std::size_t i = 0; i < nodes.size(); ++i) {
    NodePlan& node = plan.nodes[i];
    plan.slots += node.slots;
    plan.capacity += node.capacity;
    if (node.slots == 0) node.note = why_unused(nodes[i], policy);
    if (node.slots > 0 && node.slots < node.asked) node.note = why_fewer(nodes[i], node, policy);
    if (node.slots <= node.capacity) continue;
    plan.oversubscribed += node.slots - node.capacity;
    node.note = fmt::format("oversubscribed: {} slots, room for {}", node.slots, node.capacity);
  }
  return plan;
}

}  // namespace foundation::cluster
