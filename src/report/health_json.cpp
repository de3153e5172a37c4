#include "report/detail/health_json.hpp"

#include <optional>
#include <string>

#include "report/health.hpp"
#include "report/publish.hpp"

namespace foundation::report {

using Json = nlohmann::ordered_json;

namespace detail {
namespace {

template <class T>
Json known(const std::optional<T>& value) {
  return value ? Json(*value) : Json(nullptr);
}

Json microseconds_of(const std::optional<core::Duration>& span) {
  return span ? Json(core::microseconds(*span)) : Json(nullptr);
}

Json to_json(const cluster::Performance& performance) {
  return {{"message_latency_us", microseconds_of(performance.message_latency)},
          {"messages_per_second", known(performance.messages_per_second)},
          {"failed_percent", known(performance.failed_percent)},
          {"memory_used_percent", known(performance.memory_used_percent)}};
}

Json to_json(const cluster::PlacedNode& placed) {
  return {{"ranks", placed.ranks},
          {"cores", placed.cores},
          {"cores_online", placed.cores_online},
          {"reserved", placed.reserved},
          {"load", placed.load},
          {"load_of_others", placed.load_of_others},
          {"memory_bytes", placed.memory_bytes},
          {"memory_free_bytes", placed.memory_free_bytes},
          {"gpus", placed.gpus},
          {"slots_asked", placed.slots_asked},
          {"slots", placed.slots},
          {"note", placed.note}};
}

Json to_json(const cluster::NodeHealth& node) {
  const cluster::NodeFacts& facts = node.facts;
  Json lost = Json::array();
  for (const cluster::LostWorker& worker : facts.lost)
    lost.push_back({{"rank", worker.rank}, {"reason", worker.reason}, {"at", iso_time(worker.at)}});
  Json json = {{"node", facts.node},
               {"status", cluster::name_of(node.status)},
               {"workers", facts.workers},
               {"workers_lost", facts.lost.size()},
               {"lost", lost},
               {"slots", facts.slots},
               {"at_start", facts.placed ? to_json(*facts.placed) : Json(nullptr)},
               {"ping_time_us", microseconds_of(facts.round_trip)},
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

}  // namespace

Json to_json(const cluster::HealthReport& health) {
  Json nodes = Json::array();
  for (const cluster::NodeHealth& node : health.nodes) nodes.push_back(to_json(node));
  return {{"overall", cluster::name_of(health.overall)},
          {"expected_nodes", health.expected_nodes},
          {"connected_nodes", health.connected_nodes},
          {"healthy_nodes", health.healthy_nodes},
          {"workers", health.workers},
          {"workers_lost", health.workers_lost},
          {"workers_missing", health.workers_missing},
          {"checked_at", iso_time(health.checked_at)},
          {"performance", to_json(health.performance)},
          {"nodes", nodes},
          {"recommendations", health.recommendations}};
}

Json to_json(std::span<const cluster::Service> services) {
  Json json = Json::array();
  for (const cluster::Service& service : services) {
    Json metadata = Json::object();
    for (const cluster::Metadatum& it : service.metadata) metadata[it.key] = it.value;
    json.push_back({{"name", service.name},
                    {"rank", service.holder},
                    {"node", service.node.empty() ? Json(nullptr) : Json(service.node)},
                    {"capabilities", service.capabilities},
                    {"metadata", metadata},
                    {"registered_at", iso_time(service.registered_at)}});
  }
  return json;
}

}  // namespace detail

namespace {

std::string document(const char* schema, std::string_view run, Json content) {
  Json json = {{"schema", schema}, {"schemaVersion", 1}, {"run", run}};
  json.update(content);
  return json.dump(2, ' ', false, Json::error_handler_t::replace) + '\n';
}

}  // namespace

std::string to_json(const cluster::HealthReport& health, std::string_view run) {
  return document("foundation.health", run, detail::to_json(health));
}

std::string to_json(std::span<const cluster::Service> services, std::string_view run) {
  return document("foundation.services", run, {{"services", detail::to_json(services)}});
}

}  // namespace foundation::report
