#include "report/health.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {

using cluster::NodeFacts;
using cluster::NodeHealth;

namespace {

using WorkerKey = std::pair<journal::Epoch, std::uint32_t>;
using FactsByNode = std::map<std::pair<journal::Epoch, std::string>, NodeFacts>;

void seen(NodeFacts& facts, core::WallLabel at) {
  facts.last_seen = std::max(facts.last_seen.value_or(at), at);
}

NodeFacts& facts_of(FactsByNode& nodes, journal::Epoch epoch, const std::string& name) {
  NodeFacts& facts = nodes[{epoch, name}];
  facts.node = name;
  return facts;
}

/// Adds the workers, and returns on which node each one is.
std::map<WorkerKey, std::string> add_workers(FactsByNode& nodes, const RunView& view) {
  std::map<WorkerKey, std::string> homes;
  std::map<WorkerKey, campaign::WorkerRecord> joined;
  for (const auto& [epoch, record] : view.workers) {
    const WorkerKey key{epoch, record.worker};
    if (record.change == campaign::WorkerChange::joined) {
      NodeFacts& facts = facts_of(nodes, epoch, record.host);
      seen(facts, record.at);
      ++facts.workers;
      facts.slots += record.slots;
      homes[key] = record.host;
      joined[key] = record;
      continue;
    }
    const auto known = joined.find(key);
    if (known == joined.end() || record.change != campaign::WorkerChange::lost) continue;
    NodeFacts& facts = facts_of(nodes, epoch, known->second.host);
    --facts.workers;
    facts.lost.push_back({.rank = record.worker, .reason = record.reason, .at = record.at});
    facts.slots -= known->second.slots;
    joined.erase(known);
  }
  return homes;
}

void add_results(FactsByNode& nodes, const RunView& view,
                 const std::map<WorkerKey, std::string>& homes) {
  for (const auto& of_candidate : view.chunks)
    for (const auto& chunks : of_candidate)
      for (const Chunk& chunk : chunks)
        if (const auto home = homes.find({chunk.epoch, chunk.worker}); home != homes.end())
          seen(facts_of(nodes, chunk.epoch, home->second), chunk.received_at);
}

std::string cores_text(const NodeFacts& facts) {
  if (facts.latest) return std::to_string(facts.latest->cores);
  return facts.placed ? std::to_string(facts.placed->cores) : "-";
}

std::string shown(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

}  // namespace

FactsByNode node_facts(const RunView& view) {
  FactsByNode nodes;
  for (const auto& [epoch, placement] : view.placements)
    for (const cluster::PlacedNode& node : placement.nodes)
      facts_of(nodes, epoch, node.node).placed = node;
  const auto homes = add_workers(nodes, view);
  add_results(nodes, view, homes);
  for (const auto& [epoch, sample] : view.samples) {
    NodeFacts& facts = facts_of(nodes, epoch, sample.node);
    seen(facts, sample.at);
    facts.latest = sample;
  }
  for (const auto& [epoch, traffic] : view.traffic)
    for (const cluster::RoundTrip& it : traffic.round_trips)
      if (const auto home = homes.find({epoch, it.rank}); home != homes.end())
        facts_of(nodes, epoch, home->second).round_trip = it.span;
  return nodes;
}

namespace {

/// Between the last two looks of the session at work, or since it began.
std::optional<double> message_rate(const RunView& view) {
  if (view.traffic.empty() || view.traffic.back().epoch != view.session()) return std::nullopt;
  const cluster::Traffic& latest = view.traffic.back().record;
  cluster::Traffic before{.at = view.sessions.empty() ? 0 : view.sessions.back().record.started_at,
                          .round_trips = {}};
  if (view.traffic.size() > 1 && view.traffic.end()[-2].epoch == view.session())
    before = view.traffic.end()[-2].record;
  const auto messages = latest.received + latest.sent - before.received - before.sent;
  if (latest.at <= before.at || messages == 0) return std::nullopt;
  return static_cast<double>(messages) * 1e6 /
         core::microseconds(core::Duration{latest.at - before.at});
}

std::optional<double> failed_percent(const RunView& view) {
  if (view.cells.finished() == 0) return std::nullopt;
  std::uint64_t failed = 0;
  for (model::CandidateIndex candidate = 0; candidate < view.proposals.size(); ++candidate)
    for (const auto split : {model::Split::train, model::Split::validation, model::Split::test})
      for (const model::CellResult& cell : view.cells.cells(candidate, split))
        failed += cell.status > model::CellStatus::wrong ? 1 : 0;
  return 100 * static_cast<double>(failed) / static_cast<double>(view.cells.finished());
}

std::string performance_text(const cluster::Performance& performance) {
  std::vector<std::string> parts;
  if (performance.messages_per_second)
    parts.push_back(fmt::format("{:.3g} messages/s", *performance.messages_per_second));
  if (performance.message_latency)
    parts.push_back("latency " + core::format_duration(*performance.message_latency));
  if (performance.memory_used_percent)
    parts.push_back(fmt::format("memory {:.0f} % used", *performance.memory_used_percent));
  if (performance.failed_percent)
    parts.push_back(fmt::format("{:.3g} % of evaluations failed", *performance.failed_percent));
  return parts.empty() ? "" : fmt::format("  {}\n", fmt::join(parts, ", "));
}

}  // namespace

cluster::HealthReport run_health(const RunView& view, bool at_work, core::WallLabel now) {
  cluster::HealthInput input;
  input.at = at_work ? now : view.last_seen;
  input.messages_per_second = message_rate(view);
  input.failed_percent = failed_percent(view);
  for (auto& [key, facts] : node_facts(view))
    if (key.first == view.session()) input.nodes.push_back(std::move(facts));
  return cluster::assess_health(std::move(input));
}

std::vector<cluster::Service> live_services(const RunView& view) {
  std::vector<cluster::Service> services;
  for (const RegisteredService& it : view.services)
    if (it.epoch == view.session() && !it.ended_at) services.push_back(it.service);
  std::ranges::sort(services, {}, &cluster::Service::name);
  return services;
}

std::vector<cluster::Service> with_capabilities(std::span<const cluster::Service> services,
                                                std::span<const std::string> capabilities) {
  std::vector<cluster::Service> found;
  for (const cluster::Service& service : services)
    if (cluster::has_capabilities(service, capabilities)) found.push_back(service);
  return found;
}

std::string describe(const cluster::HealthReport& health, std::string_view run) {
  std::string text = fmt::format("{}: {}, {} of {} nodes healthy at {}\n", visible(run),
                                 cluster::name_of(health.overall), health.healthy_nodes,
                                 health.expected_nodes, iso_time(health.checked_at));
  if (!health.nodes.empty())
    text += fmt::format("  {:<20} {:<8} {:>7} {:>5} {:>5} {:>6} {:>5} {:>8} {:>8}  {}\n", "node",
                        "status", "workers", "slots", "cores", "load", "cpu %", "memory %", "ping",
                        "last seen");
  for (const NodeHealth& node : health.nodes) {
    const NodeFacts& facts = node.facts;
    const bool sampled = facts.latest.has_value();
    text += fmt::format(
        "  {:<20} {:<8} {:>7} {:>5} {:>5} {:>6} {:>5} {:>8} {:>8}  {}\n", visible(facts.node, 20),
        cluster::name_of(node.status), facts.workers, facts.slots, cores_text(facts),
        sampled ? shown(facts.latest->load, 1) : "-",
        sampled ? shown(facts.latest->cpu_percent, 0) : "-", shown(node.memory_used_percent, 0),
        facts.round_trip ? core::format_duration(*facts.round_trip) : "-",
        facts.last_seen ? iso_time(*facts.last_seen) : "-");
  }
  text += performance_text(health.performance);
  for (const std::string& advice : health.recommendations)
    text += fmt::format("  note: {}\n", visible(advice));
  return text;
}

std::string describe(std::span<const cluster::Service> services, std::string_view run) {
  std::string text = fmt::format("{}: {} services\n", visible(run), services.size());
  if (services.empty()) return text;
  text += fmt::format("  {:<36} {:>5}  {:<20} {}\n", "service", "rank", "node",
                      "capabilities and metadata");
  for (const cluster::Service& service : services) {
    std::string words = fmt::format("{}", fmt::join(service.capabilities, " "));
    for (const cluster::Metadatum& it : service.metadata)
      words += fmt::format(" {}={}", it.key, it.value);
    text += fmt::format("  {:<36} {:>5}  {:<20} {}\n", visible(service.name, 60), service.holder,
                        service.node.empty() ? "-" : visible(service.node, 20), visible(words));
  }
  return text;
}

}  // namespace foundation::report
