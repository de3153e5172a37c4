#include "report/health.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "core/quantity.hpp"
#include "report/publish.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report {

using cluster::NodeFacts;
using cluster::NodeHealth;
using Json = nlohmann::ordered_json;

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
    ++facts.workers_lost;
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

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json to_json(const NodeHealth& node) {
  const NodeFacts& facts = node.facts;
  Json json = {{"node", facts.node},
               {"status", cluster::name_of(node.status)},
               {"workers", facts.workers},
               {"workers_lost", facts.workers_lost},
               {"slots", facts.slots},
               {"last_seen", facts.last_seen ? Json(iso_time(*facts.last_seen)) : Json(nullptr)}};
  if (!facts.latest) return json;
  const cluster::NodeSample& sample = *facts.latest;
  json["sample"] = {{"at", iso_time(sample.at)},
                    {"cores", sample.cores},
                    {"load", known(sample.load)},
                    {"load_of_others", known(node.load_of_others)},
                    {"cpu_percent", known(sample.cpu_percent)},
                    {"memory_bytes", known(sample.memory_bytes)},
                    {"memory_available_bytes", known(sample.memory_available_bytes)},
                    {"pressure_cpu_percent", known(sample.pressure.cpu)},
                    {"pressure_memory_percent", known(sample.pressure.memory)},
                    {"pressure_io_percent", known(sample.pressure.io)}};
  return json;
}

std::string shown(const std::optional<double>& value, int digits) {
  return value ? fmt::format("{:.{}f}", *value, digits) : "-";
}

}  // namespace

FactsByNode node_facts(const RunView& view) {
  FactsByNode nodes;
  for (const auto& [epoch, start] : view.starts)
    for (const campaign::NodeStart& node : start.nodes) facts_of(nodes, epoch, node.node);
  add_results(nodes, view, add_workers(nodes, view));
  for (const auto& [epoch, sample] : view.samples) {
    NodeFacts& facts = facts_of(nodes, epoch, sample.node);
    seen(facts, sample.at);
    facts.latest = sample;
  }
  return nodes;
}

cluster::HealthReport run_health(const RunView& view, bool at_work, core::WallLabel now) {
  cluster::HealthInput input;
  input.at = at_work ? now : view.last_seen;
  for (auto& [key, facts] : node_facts(view))
    if (key.first == view.epoch) input.nodes.push_back(std::move(facts));
  return cluster::assess_health(std::move(input));
}

std::string describe(const cluster::HealthReport& health, std::string_view run) {
  std::string text = fmt::format("{}: {}, {} of {} nodes healthy at {}\n", visible(run),
                                 cluster::name_of(health.overall), health.healthy_nodes,
                                 health.expected_nodes, iso_time(health.checked_at));
  if (!health.nodes.empty())
    text +=
        fmt::format("  {:<20} {:<8} {:>7} {:>5} {:>5} {:>6} {:>5} {:>8}  {}\n", "node", "status",
                    "workers", "slots", "cores", "load", "cpu %", "memory %", "last seen");
  for (const NodeHealth& node : health.nodes) {
    const NodeFacts& facts = node.facts;
    const bool sampled = facts.latest.has_value();
    text += fmt::format("  {:<20} {:<8} {:>7} {:>5} {:>5} {:>6} {:>5} {:>8}  {}\n",
                        visible(facts.node, 20), cluster::name_of(node.status), facts.workers,
                        facts.slots, sampled ? std::to_string(facts.latest->cores) : "-",
                        sampled ? shown(facts.latest->load, 1) : "-",
                        sampled ? shown(facts.latest->cpu_percent, 0) : "-",
                        shown(node.memory_used_percent, 0),
                        facts.last_seen ? iso_time(*facts.last_seen) : "-");
  }
  for (const std::string& advice : health.recommendations)
    text += fmt::format("  note: {}\n", visible(advice));
  return text;
}

std::string to_json(const cluster::HealthReport& health, std::string_view run) {
  Json nodes = Json::array();
  for (const NodeHealth& node : health.nodes) nodes.push_back(to_json(node));
  const Json json = {{"schema", "foundation.health"},
                     {"schemaVersion", 1},
                     {"run", run},
                     {"overall", cluster::name_of(health.overall)},
                     {"expected_nodes", health.expected_nodes},
                     {"healthy_nodes", health.healthy_nodes},
                     {"checked_at", iso_time(health.checked_at)},
                     {"nodes", nodes},
                     {"recommendations", health.recommendations}};
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace foundation::report
