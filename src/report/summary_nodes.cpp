#include "report/detail/summary_nodes.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"
#include "report/terminal_text.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace schema = storage::schema;
using Json = nlohmann::ordered_json;

namespace {

constexpr std::size_t most_nodes = 16;

/// Fills one member of every row from a column.
template <class T>
void fill(const storage::TableSource& tables, const storage::ColumnInfo& column,
          std::vector<NodeSummary>& rows, T NodeSummary::*member) {
  auto values = tables.values<T>(schema::nodes::table, column.name);
  if (values.size() != rows.size())
    throw core::Error{core::ErrorKind::corrupt_data,
                      fmt::format("column '{}' of table '{}' has another length than its table",
                                  column.name, schema::nodes::table)};
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].*member = std::move(values[i]);
}

std::string load_text(double load) { return std::isnan(load) ? "-" : fmt::format("{:.1f}", load); }

std::string count_text(std::int64_t count) { return count < 0 ? "-" : std::to_string(count); }

std::string memory_text(const NodeSummary& node) {
  if (node.memory_bytes < 0 || node.memory_available_bytes < 0) return "-";
  return fmt::format("{} of {} free",
                     core::format_size(static_cast<std::uint64_t>(node.memory_available_bytes)),
                     core::format_size(static_cast<std::uint64_t>(node.memory_bytes)));
}

Json known(std::int64_t value) { return value < 0 ? Json(nullptr) : Json(value); }
Json known(double value) { return std::isfinite(value) ? Json(value) : Json(nullptr); }

}  // namespace

std::vector<NodeSummary> read_nodes(const storage::TableSource& tables) {
  namespace nodes = schema::nodes;
  std::vector<NodeSummary> rows(tables.rows(nodes::table));
  fill(tables, nodes::epoch, rows, &NodeSummary::epoch);
  fill(tables, nodes::node, rows, &NodeSummary::node);
  fill(tables, nodes::workers, rows, &NodeSummary::workers);
  fill(tables, nodes::workers_lost, rows, &NodeSummary::workers_lost);
  fill(tables, nodes::slots, rows, &NodeSummary::slots);
  fill(tables, nodes::planned_slots, rows, &NodeSummary::planned_slots);
  fill(tables, nodes::asked_slots, rows, &NodeSummary::asked_slots);
  fill(tables, nodes::note, rows, &NodeSummary::note);
  fill(tables, nodes::ranks, rows, &NodeSummary::ranks);
  fill(tables, nodes::cores, rows, &NodeSummary::cores);
  fill(tables, nodes::load, rows, &NodeSummary::load);
  fill(tables, nodes::load_of_others, rows, &NodeSummary::load_of_others);
  fill(tables, nodes::gpus, rows, &NodeSummary::gpus);
  fill(tables, nodes::memory_bytes, rows, &NodeSummary::memory_bytes);
  fill(tables, nodes::memory_available_bytes, rows, &NodeSummary::memory_available_bytes);
  return rows;
}

std::string nodes_text(const std::vector<NodeSummary>& nodes) {
  if (nodes.empty()) return {};
  std::string text = fmt::format("\nnodes\n  {:<25} {:>5} {:>9} {:>5} {:>5}  {}\n", "node", "ranks",
                                 "slots", "cores", "load", "memory");
  for (std::size_t i = 0; i < std::min(most_nodes, nodes.size()); ++i) {
    const NodeSummary& it = nodes[i];
    const std::string slots = fmt::format("{} of {}", it.slots, count_text(it.planned_slots));
    text += fmt::format("  {:>3}.{:<21} {:>5} {:>9} {:>5} {:>5}  {}\n", it.epoch,
                        visible(it.node, 20), count_text(it.ranks), slots, count_text(it.cores),
                        load_text(it.load), memory_text(it));
    if (!it.gpus.empty()) text += fmt::format("      GPUs {}\n", visible(it.gpus, 80));
    if (it.workers_lost > 0)
      text +=
          fmt::format("      {} rank{} lost\n", it.workers_lost, it.workers_lost == 1 ? "" : "s");
    if (!it.note.empty() && it.planned_slots < it.asked_slots)
      text += fmt::format("      {} slots asked for: {}\n", it.asked_slots, visible(it.note, 90));
    else if (!it.note.empty())
      text += fmt::format("      {}\n", visible(it.note, 90));
  }
  if (nodes.size() > most_nodes)
    text += fmt::format("  and {} more: --json lists them all\n", nodes.size() - most_nodes);
  return text;
}

Json node_json(const NodeSummary& node) {
  return {{"epoch", node.epoch},
          {"node", node.node},
          {"ranks", known(node.ranks)},
          {"workers", node.workers},
          {"workers_lost", node.workers_lost},
          {"slots", node.slots},
          {"planned_slots", known(node.planned_slots)},
          {"asked_slots", known(node.asked_slots)},
          {"note", node.note},
          {"cores", known(node.cores)},
          {"load", known(node.load)},
          {"load_of_others", known(node.load_of_others)},
          {"memory_bytes", known(node.memory_bytes)},
          {"memory_available_bytes", known(node.memory_available_bytes)},
          {"gpus", node.gpus}};
}

}  // namespace foundation::report::detail
