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
constexpr core::Duration shortest_interval = std::chrono::seconds{5};
constexpr core::Duration interval_a_node = std::chrono::milliseconds{50};
constexpr double many_failed_percent = 10;
constexpr int missing_samples = 4;  // until a node is called silent

std::uint32_t planned_workers(const NodeFacts& facts) {
  return facts.placed ? facts.placed->workers : 0;
}

/// Whether anything is expected of it.
bool is_used(const NodeFacts& facts) {
  return planned_workers(facts) > 0 || facts.workers > 0 || !facts.lost.empty();
}

std::uint32_t missing_workers(const NodeFacts& facts) {
  const auto came = facts.workers + static_cast<std::uint32_t>(facts.lost.size());
  return planned_workers(facts) - std::min(came, planned_workers(facts));
}

NodeStatus status_of(const NodeFacts& facts, core::WallLabel at, core::Duration silence) {
  if (!is_used(facts)) return NodeStatus::unused;
  if (facts.workers == 0) return facts.lost.empty() ? NodeStatus::unknown : NodeStatus::lost;
  const bool quiet = facts.latest && facts.last_seen && at - *facts.last_seen > silence.count();
  return quiet ? NodeStatus::silent : NodeStatus::healthy;
}

NodeHealth judge(NodeFacts facts, core::WallLabel at, core::Duration silence) {
  NodeHealth node{.facts = std::move(facts), .load_of_others = {}, .memory_used_percent = {}};
  node.status = status_of(node.facts, at, silence);
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
        fmt::format("{}: nobody is left there: look into its system log, or leave it out of the "
                    "next start",
                    name));
  if (node.status == NodeStatus::silent)
    advice.push_back(
        fmt::format("{}: not heard of for {}: check that it is up and reachable", name,
                    core::format_duration(core::Duration{at - *node.facts.last_seen})));
  if (node.status == NodeStatus::unknown)
    advice.push_back(
        fmt::format("{}: no worker has registered there: check that the launcher "
                    "reaches it",
                    name));
  if (node.status == NodeStatus::healthy && missing_workers(node.facts) > 0)
    advice.push_back(fmt::format("{}: {} of {} workers have not registered", name,
                                 missing_workers(node.facts), planned_workers(node.facts)));
  for (const LostWorker& worker : node.facts.lost)
    advice.push_back(fmt::format("{}: rank {} is lost: {}", name, worker.rank, worker.reason));
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

void advise_on_failures(const Performance& performance, std::vector<std::string>& advice) {
  if (performance.failed_percent && *performance.failed_percent > many_failed_percent)
    advice.push_back(
        fmt::format("{:.0f} % of the evaluations failed: `foundation report` shows how, with the "
                    "first few of each kind",
                    *performance.failed_percent));
}

/// Of the values that are there.
template <class Value>
class Mean {
 public:
  void add(const std::optional<Value>& value) {
    if (!value) return;
    sum_ += *value;
    ++count_;
  }
  [[nodiscard]] std::optional<Value> get() const {
    return count_ == 0 ? std::nullopt : std::optional{sum_ / count_};
  }

 private:
  Value sum_{};
  int count_ = 0;
};

Performance performance_of(const HealthInput& input, const std::vector<NodeHealth>& nodes) {
  Mean<core::Duration> round_trip;
  Mean<double> memory;
  for (const NodeHealth& node : nodes) {
    round_trip.add(node.facts.round_trip);
    memory.add(node.memory_used_percent);
  }
  Performance performance{.message_latency = round_trip.get(),
                          .messages_per_second = input.messages_per_second,
                          .failed_percent = input.failed_percent,
                          .memory_used_percent = memory.get()};
  if (performance.message_latency) *performance.message_latency /= 2;
  return performance;
}

OverallStatus overall_of(const HealthReport& report) {
  if (report.healthy_nodes == report.expected_nodes)
    return report.workers_lost + report.workers_missing == 0 ? OverallStatus::healthy
                                                             : OverallStatus::degraded;
  const bool by_half = std::uint64_t{2} * report.healthy_nodes >= report.expected_nodes;
  return by_half ? OverallStatus::degraded : OverallStatus::critical;
}

void count(HealthReport& report, const NodeHealth& node) {
  report.workers += node.facts.workers;
  report.workers_lost += static_cast<std::uint32_t>(node.facts.lost.size());
  report.workers_missing += missing_workers(node.facts);
  report.expected_nodes += node.status == NodeStatus::unused ? 0 : 1;
  report.connected_nodes += node.facts.workers > 0 ? 1 : 0;
  report.healthy_nodes += node.status == NodeStatus::healthy ? 1 : 0;
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
    case NodeStatus::unused: return "unused";
  }
  return "unknown";
}

core::Duration sample_interval(std::size_t nodes) noexcept {
  return std::max(shortest_interval, interval_a_node * static_cast<std::int64_t>(nodes));
}

HealthReport assess_health(HealthInput input) {
  HealthReport report{
      .nodes = {}, .performance = {}, .recommendations = {}, .checked_at = input.at};
  const core::Duration silence = missing_samples * sample_interval(input.nodes.size());
  std::ranges::sort(input.nodes, {}, &NodeFacts::node);
  for (NodeFacts& facts : input.nodes)
    report.nodes.push_back(judge(std::move(facts), input.at, silence));
  for (const NodeHealth& node : report.nodes) {
    count(report, node);
    advise_on_presence(node, input.at, report.recommendations);
  }
  report.overall = overall_of(report);
  report.performance = performance_of(input, report.nodes);
  for (const NodeHealth& node : report.nodes) {
    if (node.status != NodeStatus::healthy || !node.facts.latest) continue;
    advise_on_load(node, report.recommendations);
    advise_on_memory(node, report.recommendations);
  }
  advise_on_failures(report.performance, report.recommendations);
  return report;
}

}  // namespace foundation::cluster
