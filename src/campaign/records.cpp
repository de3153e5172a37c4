#include "campaign/records.hpp"

#include <cstring>

#include "core/contracts.hpp"

namespace foundation::campaign {
namespace {

/// A cell as journals had it before cells had costs: their headers say `cell_bytes` = 0.
struct CellWithoutCost {
  double score = 0;
  std::uint64_t output = 0;
  std::uint32_t duration_us = 0;
  model::CellStatus status = model::CellStatus::pending;
  std::uint8_t attempts = 0;
  std::uint16_t reserved = 0;
};
static_assert(sizeof(CellWithoutCost) == 24 && std::is_trivially_copyable_v<CellWithoutCost>);

[[noreturn]] void refuse(const char* why) { throw core::Error{core::ErrorKind::corrupt_data, why}; }

template <class Cell>
std::vector<Cell> take_cells(core::Decoder& decoder, std::size_t count) {
  if (count > decoder.left() / sizeof(Cell))
    refuse("a results record names more cells than it holds");
  const auto raw = decoder.take(count * sizeof(Cell));
  std::vector<Cell> cells(count);
  if (count != 0) std::memcpy(cells.data(), raw.data(), raw.size());
  return cells;
}

std::vector<model::CellResult> take_cells_without_costs(core::Decoder& decoder, std::size_t count) {
  std::vector<model::CellResult> cells;
  for (const auto& old : take_cells<CellWithoutCost>(decoder, count))
    cells.push_back({.score = old.score,
                     .output = old.output,
                     .duration_us = old.duration_us,
                     .status = old.status,
                     .attempts = old.attempts});
  return cells;
}

}  // namespace

ObjectivesRecord to_record(const optimize::ObjectiveOptions& options, std::string score_unit,
                           std::string cost_unit) {
  using optimize::Objective;
  ObjectivesRecord record{.goals = {}, .rule = options.winner};
  const auto add = [&](Objective it, std::string unit) {
    const auto& limit = options.limits[it];
    record.goals.push_back(
        {it, std::move(unit), limit.has_value(), limit.value_or(0), options.weights[it]});
  };
  add(Objective::score, std::move(score_unit));
  for (const Objective it : options.minimised)
    add(it, it == Objective::cost ? cost_unit : std::string{"seconds"});
  return record;
}

optimize::ObjectiveOptions options_of(const ObjectivesRecord& record) {
  optimize::ObjectiveOptions options{.minimised = {}, .limits = {}, .winner = record.rule};
  if (record.rule > optimize::WinnerRule::weights) refuse("a winner is chosen by an unknown rule");
  for (const Goal& goal : record.goals) {
    if (goal.objective > optimize::Objective::latency) refuse("an objective is unknown");
    if (goal.objective != optimize::Objective::score) options.minimised.push_back(goal.objective);
    if (goal.is_limited) options.limits[goal.objective] = goal.limit;
    options.weights[goal.objective] = goal.weight;
  }
  return options;
}

void encode_results(const ResultsHeader& header, std::span<const model::CellResult> cells,
                    std::span<const std::string> outputs, std::vector<std::byte>& payload) {
  EXPECTS(header.count == cells.size());
  EXPECTS(outputs.empty() == (header.has_outputs == 0));
  EXPECTS(outputs.empty() || outputs.size() == cells.size());
  payload.resize(sizeof header + cells.size_bytes());
  std::memcpy(payload.data(), &header, sizeof header);
  if (!cells.empty()) std::memcpy(payload.data() + sizeof header, cells.data(), cells.size_bytes());
  if (outputs.empty()) return;
  core::Encoder texts;
  for (const std::string& output : outputs) texts << output;
  payload.insert(payload.end(), texts.bytes().begin(), texts.bytes().end());
}

ResultsView decode_results(std::span<const std::byte> payload) {
  core::Decoder decoder{payload};
  ResultsView view;
  std::memcpy(&view.header, decoder.take(sizeof view.header).data(), sizeof view.header);
  const std::size_t count = view.header.count;
  const bool has_costs = view.header.cell_bytes == sizeof(model::CellResult);
  if (!model::is_known(view.header.split) || view.header.has_outputs > 1 ||
      (!has_costs && view.header.cell_bytes != 0))
    refuse("a results record has an impossible header");
  view.cells = has_costs ? take_cells<model::CellResult>(decoder, count)
                         : take_cells_without_costs(decoder, count);
  view.header.cell_bytes = sizeof(model::CellResult);
  if (view.header.has_outputs == 1) {
    view.outputs.resize(count);
    for (std::string& output : view.outputs) decoder >> output;
  }
  decoder.finish();
  return view;
}

}  // namespace foundation::campaign
