#include <limits>
#include <string>
#include <vector>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "report/detail/tables.hpp"
#include "report/health.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace schema = storage::schema;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();

std::int64_t or_none(const std::optional<std::uint64_t>& value) {
  return value ? static_cast<std::int64_t>(*value) : schema::none;
}

/// A number of the latest sample of a node, NaN without one.
template <class Row>
double latest(const Row& row, std::optional<double> cluster::NodeSample::*number) {
  return row.facts.latest ? ((*row.facts.latest).*number).value_or(not_a_number) : not_a_number;
}

/// A number of what a node offered at the start, none without it.
template <class Row>
std::int64_t placed(const Row& row, std::uint32_t cluster::PlacedNode::*number) {
  return row.facts.placed ? std::int64_t{(*row.facts.placed).*number} : schema::none;
}

/// The latest that is known of its memory.
template <class Row>
std::int64_t memory(const Row& row, std::optional<std::uint64_t> cluster::NodeSample::*sampled,
                    std::uint64_t cluster::PlacedNode::*at_start) {
  if (row.facts.latest) return or_none((*row.facts.latest).*sampled);
  return row.facts.placed ? or_none((*row.facts.placed).*at_start) : schema::none;
}

std::string words(const std::vector<cluster::Metadatum>& metadata) {
  std::string text;
  for (const cluster::Metadatum& it : metadata)
    text += fmt::format("{}{}={}", text.empty() ? "" : ", ", it.key, it.value);
  return text;
}

}  // namespace

void publish_nodes(const RunView& view, storage::TableSink& sink) {
  namespace nodes = schema::nodes;
  struct Row {
    journal::Epoch epoch;
    cluster::NodeFacts facts;
  };
  using Node = const Row&;
  std::vector<Row> rows;
  for (auto& [key, facts] : node_facts(view)) rows.push_back({key.first, std::move(facts)});
  sink.begin_table(nodes::table, "machines that ranks ran on, by session", rows.size());
  add_column<std::uint32_t>(sink, nodes::epoch, rows, [](Node it) { return it.epoch; });
  add_column<std::string>(sink, nodes::node, rows, [](Node it) { return it.facts.node; });
  add_column<std::uint32_t>(sink, nodes::workers, rows, [](Node it) { return it.facts.workers; });
  add_column<std::uint32_t>(sink, nodes::workers_lost, rows,
                            [](Node it) { return it.facts.lost.size(); });
  add_column<std::uint32_t>(sink, nodes::slots, rows, [](Node it) { return it.facts.slots; });
  add_column<std::int64_t>(sink, nodes::planned_slots, rows,
                           [](Node it) { return placed(it, &cluster::PlacedNode::slots); });
  add_column<std::int64_t>(sink, nodes::asked_slots, rows,
                           [](Node it) { return placed(it, &cluster::PlacedNode::slots_asked); });
  add_column<std::string>(sink, nodes::note, rows, [](Node it) {
    return it.facts.placed ? it.facts.placed->note : std::string{};
  });
  add_column<std::int64_t>(sink, nodes::ranks, rows,
                           [](Node it) { return placed(it, &cluster::PlacedNode::ranks); });
  add_column<std::int64_t>(sink, nodes::cores, rows, [](Node it) {
    return it.facts.latest ? std::int64_t{it.facts.latest->cores}
                           : placed(it, &cluster::PlacedNode::cores);
  });
  add_column<double>(sink, nodes::load, rows, [](Node it) {
    return it.facts.placed && !it.facts.latest ? it.facts.placed->load
                                               : latest(it, &cluster::NodeSample::load);
  });
  add_column<double>(sink, nodes::load_of_others, rows, [](Node it) {
    return it.facts.placed ? it.facts.placed->load_of_others : not_a_number;
  });
  add_column<std::string>(sink, nodes::gpus, rows, [](Node it) {
    return it.facts.placed ? fmt::format("{}", fmt::join(it.facts.placed->gpus, " ")) : "";
  });
  add_column<double>(sink, nodes::cpu_percent, rows,
                     [](Node it) { return latest(it, &cluster::NodeSample::cpu_percent); });
  add_column<std::int64_t>(sink, nodes::memory_bytes, rows, [](Node it) {
    return memory(it, &cluster::NodeSample::memory_bytes, &cluster::PlacedNode::memory_bytes);
  });
  add_column<std::int64_t>(sink, nodes::memory_available_bytes, rows, [](Node it) {
    return memory(it, &cluster::NodeSample::memory_available_bytes,
                  &cluster::PlacedNode::memory_free_bytes);
  });
  add_column<double>(sink, nodes::round_trip_us, rows, [](Node it) {
    return it.facts.round_trip ? core::microseconds(*it.facts.round_trip) : not_a_number;
  });
  add_column<std::int64_t>(sink, nodes::last_seen, rows,
                           [](Node it) { return it.facts.last_seen.value_or(schema::no_time); });
}

void publish_services(const RunView& view, storage::TableSink& sink) {
  namespace services = schema::services;
  using Row = const RegisteredService&;
  const auto& rows = view.services;
  sink.begin_table(services::table, "who was registered as what", rows.size());
  add_column<std::uint32_t>(sink, services::epoch, rows, [](Row it) { return it.epoch; });
  add_column<std::string>(sink, services::name, rows, [](Row it) { return it.service.name; });
  add_column<std::uint32_t>(sink, services::worker, rows, [](Row it) { return it.service.holder; });
  add_column<std::string>(sink, services::node, rows, [](Row it) { return it.service.node; });
  add_column<std::string>(sink, services::capabilities, rows, [](Row it) {
    return fmt::format("{}", fmt::join(it.service.capabilities, " "));
  });
  add_column<std::string>(sink, services::metadata, rows,
                          [](Row it) { return words(it.service.metadata); });
  add_column<std::int64_t>(sink, services::registered_at, rows,
                           [](Row it) { return it.service.registered_at; });
  add_column<std::int64_t>(sink, services::ended_at, rows,
                           [](Row it) { return it.ended_at.value_or(schema::no_time); });
}

void publish_health(const RunView& view, storage::TableSink& sink) {
  namespace health = schema::health;
  using Sample = const InEpoch<cluster::NodeSample>&;
  const auto& rows = view.samples;
  const auto add_number = [&](const storage::ColumnInfo& info, const auto& number_of) {
    add_column<double>(sink, info, rows, [&number_of](Sample it) {
      return number_of(it.record).value_or(not_a_number);
    });
  };
  using Node = const cluster::NodeSample&;
  sink.begin_table(health::table, "how the nodes were over time", rows.size());
  add_column<std::uint32_t>(sink, health::epoch, rows, [](Sample it) { return it.epoch; });
  add_column<std::int64_t>(sink, health::at, rows, [](Sample it) { return it.record.at; });
  add_column<std::string>(sink, health::node, rows, [](Sample it) { return it.record.node; });
  add_column<std::uint32_t>(sink, health::worker, rows, [](Sample it) { return it.record.rank; });
  add_column<std::uint32_t>(sink, health::cores, rows, [](Sample it) { return it.record.cores; });
  add_number(health::load, [](Node it) { return it.load; });
  add_number(health::cpu_percent, [](Node it) { return it.cpu_percent; });
  add_column<std::int64_t>(sink, health::memory_bytes, rows,
                           [](Sample it) { return or_none(it.record.memory_bytes); });
  add_column<std::int64_t>(sink, health::memory_available_bytes, rows,
                           [](Sample it) { return or_none(it.record.memory_available_bytes); });
  add_number(health::pressure_cpu, [](Node it) { return it.pressure.cpu; });
  add_number(health::pressure_memory, [](Node it) { return it.pressure.memory; });
  add_number(health::pressure_io, [](Node it) { return it.pressure.io; });
}

void publish_traffic(const RunView& view, storage::TableSink& sink) {
  namespace traffic = schema::traffic;
  using Row = const InEpoch<cluster::Traffic>&;
  const auto& rows = view.traffic;
  sink.begin_table(traffic::table, "messages of rank 0 over time", rows.size());
  add_column<std::uint32_t>(sink, traffic::epoch, rows, [](Row it) { return it.epoch; });
  add_column<std::int64_t>(sink, traffic::at, rows, [](Row it) { return it.record.at; });
  add_column<std::uint64_t>(sink, traffic::received, rows,
                            [](Row it) { return it.record.received; });
  add_column<std::uint64_t>(sink, traffic::sent, rows, [](Row it) { return it.record.sent; });
  add_column<double>(sink, traffic::round_trip_us, rows, [](Row it) {
    const auto mean = cluster::mean_round_trip(it.record);
    return mean ? core::microseconds(*mean) : not_a_number;
  });
}

}  // namespace foundation::report::detail
