#include "cluster/health.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/quantity.hpp"

namespace foundation::cluster {
namespace {

constexpr double full_memory_percent = 90;
constexpr double high_pressure_percent = 10;
constexpr double crowded_share = 0.5;  // load of others over cores

NodeStatus status_of(const NodeFacts& facts, const HealthInput& input) {
  if (facts.workers == 0 && facts.workers_lost > 0) return NodeStatus::lost;
  if (!facts.last_seen) return NodeStatus::unknown;
  const bool quiet = facts.latest && input.at - *facts.last_seen > input.silence.count();
  return quiet ? NodeStatus::silent : NodeStatus::healthy;
}

NodeHealth judge(NodeFacts facts, const HealthInput& input) {
  NodeHealth node{.facts = std::move(facts), .load_of_others = {}, .memory_used_percent = {}};
  node.status = status_of(node.facts, input);
  if (!node.facts.latest) return node;
  const NodeSample& sample = *node.facts.latest;
  if (sample.load) node.load_of_others = std::max(0.0, *sample.load - node.facts.slots);
  if (sample.memory_bytes && sample.memory_available_bytes && *sample.memory_bytes != 0) {
    const auto left = std::min(*sample.memory_available_bytes, *sample.memory_bytes);
    node.memory_used_percent =
        100.0 * (1 - static_cast<double>(left) / static_cast<double>(*sample.memory_bytes));
  }
  return node;
}

void advise_on_presence(const NodeHealth& node, core::WallLabel at,
                        std::vector<std::string>& advice) {
  const std::string& name = node.facts.node;
  if (node.status == NodeStatus::lost)
    advice.push_back(
        fmt::format("{}: all {} workers are lost: look into its system log, or leave "
                    "it out of the next start",
                    name, node.facts.workers_lost));
  if (node.status == NodeStatus::silent)
    advice.push_back(
        fmt::format("{}: not heard of for {}: check that it is up and reachable", name,
                    core::format_duration(core::Duration{at - *node.facts.last_seen})));
  if (node.status == NodeStatus::unknown)
    advice.push_back(
        fmt::format("{}: no worker has registered there: check that the launcher "
                    "reaches it",
                    name));
  if (node.status == NodeStatus::healthy && node.facts.workers_lost > 0)
    advice.push_back(fmt::format("{}: {} workers are lost, {} at work", name,
                                 node.facts.workers_lost, node.facts.workers));
}

void advise_on_load(const NodeHealth& node, std::vector<std::string>& advice) {
  const NodeSample& sample = *node.facts.latest;
  if (node.load_of_others && *node.load_of_others > crowded_share * sample.cores)
    advice.push_back(
        fmt::format("{}: a load of {:.1f} beyond our {} slots on {} cores: others "
                    "compute there; fewer slots or another node",
                    sample.node, *node.load_of_others, node.facts.slots, sample.cores));
  if (sample.cores != 0 && node.facts.slots > sample.cores)
    advice.push_back(
        fmt::format("{}: {} slots share {} cores: fine for programs that wait, "
                    "else lower execution.slots",
                    sample.node, node.facts.slots, sample.cores));
}

void advise_on_memory(const NodeHealth& node, std::vector<std::string>& advice) {
  const NodeSample& sample = *node.facts.latest;
  if (node.memory_used_percent && *node.memory_used_percent > full_memory_percent)
    advice.push_back(
        fmt::format("{}: {} of {} memory left: say what a cell takes in "
                    "program.resources.memory, so that fewer run at a time",
                    sample.node, core::format_size(*sample.memory_available_bytes),
                    core::format_size(*sample.memory_bytes)));
  const std::array<std::pair<std::string_view, std::optional<double>>, 2> stalls{
      {{"memory", sample.pressure.memory}, {"disks", sample.pressure.io}}};
  for (const auto& [what, percent] : stalls)
    if (percent && *percent > high_pressure_percent)
      advice.push_back(
          fmt::format("{}: tasks wait for {} {:.0f} % of the time", sample.node, what, *percent));
}

OverallStatus overall_of(std::uint32_t healthy, std::uint32_t expected) {
  if (healthy >= expected) return OverallStatus::healthy;
  return std::uint64_t{2} * healthy >= expected ? OverallStatus::degraded : OverallStatus::critical;
}

}  // namespace

std::string_view name_of(OverallStatus status) noexcept {
  switch (status) {
    case OverallStatus::healthy: return "healthy";
    case OverallStatus::degraded: return "degraded";
    case OverallStatus::critical: return "critical";
  }
  return "unknown";
}

std::string_view name_of(NodeStatus status) noexcept {
  switch (status) {
    case NodeStatus::healthy: return "healthy";
    case NodeStatus::silent: return "silent";
    case NodeStatus::lost: return "lost";
    case NodeStatus::unknown: return "unknown";
  }
  return "unknown";
}

HealthReport assess_health(HealthInput input) {
  HealthReport report{.nodes = {},
                      .services = input.services,
                      .channels = input.channels,
                      .recommendations = {},
                      .checked_at = input.at};
  std::ranges::sort(input.nodes, {}, &NodeFacts::node);
  for (NodeFacts& facts : input.nodes) report.nodes.push_back(judge(std::move(facts), input));
  for (const NodeHealth& node : report.nodes) {
    report.healthy_nodes += node.status == NodeStatus::healthy ? 1 : 0;
    advise_on_presence(node, input.at, report.recommendations);
  }
  report.expected_nodes =
      std::max(input.expected_nodes, static_cast<std::uint32_t>(report.nodes.size()));
  report.overall = overall_of(report.healthy_nodes, report.expected_nodes);
  if (report.nodes.size() < report.expected_nodes)
    report.recommendations.push_back(fmt::format("{} of {} nodes have never been heard of",
                                                 report.expected_nodes - report.nodes.size(),
                                                 report.expected_nodes));
  for (const NodeHealth& node : report.nodes) {
    if (node.status != NodeStatus::healthy || !node.facts.latest) continue;
    advise_on_load(node, report.recommendations);
    advise_on_memory(node, report.recommendations);
  }
  return report;
}

}  // namespace foundation::cluster
