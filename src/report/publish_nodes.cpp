#include <limits>
#include <vector>

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

/// Slots that the plan of a session gave a node, none if there is no plan.
std::int64_t planned_slots(const RunView& view, journal::Epoch epoch, const std::string& node) {
  for (const auto& [of_epoch, start] : view.starts)
    for (const campaign::NodeStart& it : start.nodes)
      if (of_epoch == epoch && it.node == node) return it.planned_slots;
  return schema::none;
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
                            [](Node it) { return it.facts.workers_lost; });
  add_column<std::uint32_t>(sink, nodes::slots, rows, [](Node it) { return it.facts.slots; });
  add_column<std::int64_t>(sink, nodes::planned_slots, rows, [&view](Node it) {
    return planned_slots(view, it.epoch, it.facts.node);
  });
  add_column<std::int64_t>(sink, nodes::cores, rows, [](Node it) {
    return it.facts.latest ? std::int64_t{it.facts.latest->cores} : schema::none;
  });
  add_column<double>(sink, nodes::load, rows,
                     [](Node it) { return latest(it, &cluster::NodeSample::load); });
  add_column<double>(sink, nodes::cpu_percent, rows,
                     [](Node it) { return latest(it, &cluster::NodeSample::cpu_percent); });
  add_column<std::int64_t>(sink, nodes::memory_bytes, rows, [](Node it) {
    return it.facts.latest ? or_none(it.facts.latest->memory_bytes) : schema::none;
  });
  add_column<std::int64_t>(sink, nodes::memory_available_bytes, rows, [](Node it) {
    return it.facts.latest ? or_none(it.facts.latest->memory_available_bytes) : schema::none;
  });
  add_column<std::int64_t>(sink, nodes::last_seen, rows,
                           [](Node it) { return it.facts.last_seen.value_or(schema::no_time); });
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

}  // namespace foundation::report::detail
