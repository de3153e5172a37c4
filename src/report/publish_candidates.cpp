#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include <fmt/format.h>

#include "report/detail/tables.hpp"
#include "storage/schema.hpp"

namespace foundation::report::detail {

namespace schema = storage::schema;
namespace candidates = storage::schema::candidates;

namespace {

using Proposals = std::vector<campaign::ProposalRecord>;
using Proposal = campaign::ProposalRecord;

/// How a parameter is published: by the type of its values, as text when they differ.
enum class Kind : std::uint8_t { real, integer, boolean, text, demonstrations };

struct ParameterColumn {
  std::string parameter;
  std::string name;  ///< of the column
  Kind kind = Kind::text;
};

Kind kind_of(const model::Value& value) {
  constexpr std::array<Kind, std::variant_size_v<model::Value>> kinds = {
      Kind::real, Kind::integer, Kind::boolean, Kind::text, Kind::demonstrations};
  return kinds[value.index()];
}

/// `param_<name>` with everything but letters, digits and '_' replaced by '_'; numbered when
/// taken.
std::string column_name(const std::string& parameter, std::set<std::string>& taken) {
  std::string name = fmt::format("{}{}", candidates::parameter_prefix, parameter);
  for (char& letter : name) {
    const bool plain = (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
                       (letter >= '0' && letter <= '9') || letter == '_';
    if (!plain) letter = '_';
  }
  std::string unique = name;
  for (int number = 2; !taken.insert(unique).second; ++number)
    unique = fmt::format("{}_{}", name, number);
  return unique;
}

/// All parameters of all candidates, in the order in which they first appear.
std::vector<ParameterColumn> parameter_columns(const Proposals& proposals) {
  std::vector<ParameterColumn> columns;
  std::map<std::string, std::size_t, std::less<>> known;
  std::set<std::string> taken;
  for (const Proposal& proposal : proposals) {
    for (const model::Setting& setting : proposal.candidate.assignment.settings()) {
      const Kind kind = kind_of(setting.value);
      const auto [place, is_new] = known.emplace(setting.name, columns.size());
      if (is_new) {
        columns.push_back({setting.name, column_name(setting.name, taken), kind});
      } else if (columns[place->second].kind != kind) {
        columns[place->second].kind = Kind::text;
      }
    }
  }
  return columns;
}

std::string json_list(const model::Demonstrations& demonstrations) {
  return fmt::format("[{}]", fmt::join(demonstrations.positions, ","));
}

double number_or_nan(const model::Value* value) {
  if (value == nullptr) return std::numeric_limits<double>::quiet_NaN();
  if (const auto* integer = std::get_if<std::int64_t>(value)) return static_cast<double>(*integer);
  return std::get<double>(*value);
}

std::string text_or_empty(const model::Value* value) {
  if (value == nullptr) return {};
  const auto* shown = std::get_if<model::Demonstrations>(value);
  return shown != nullptr ? json_list(*shown) : model::to_string(*value);
}

void publish_parameter(const Proposals& rows, const ParameterColumn& column,
                       storage::TableSink& sink) {
  const auto value_of = [&column](const Proposal& row) {
    return row.candidate.assignment.find(column.parameter);
  };
  const std::string title = fmt::format("parameter {}", column.parameter);
  storage::ColumnInfo info{.name = column.name, .long_name = title};
  switch (column.kind) {
    case Kind::real:
    case Kind::integer:
      info.description = column.kind == Kind::real ? "NaN where it is inactive"
                                                   : "a whole number; NaN where it is inactive";
      add_column<double>(sink, info, rows,
                         [&](const Proposal& row) { return number_or_nan(value_of(row)); });
      break;
    case Kind::boolean:
      info.flags = &schema::option_flags;
      add_column<std::int8_t>(sink, info, rows, [&](const Proposal& row) {
        const model::Value* value = value_of(row);
        return value == nullptr ? -1 : static_cast<int>(std::get<bool>(*value));
      });
      break;
    case Kind::text:
    case Kind::demonstrations:
      info.description = column.kind == Kind::text
                             ? "empty where it is inactive"
                             : "positions on the train split as a JSON list; empty where inactive";
      add_column<std::string>(sink, info, rows,
                              [&](const Proposal& row) { return text_or_empty(value_of(row)); });
      break;
  }
}

/// Finished cells of each candidate, by split and by status.
void publish_cell_counts(const RunView& view, storage::TableSink& sink) {
  constexpr std::size_t statuses = 8;  // ok .. lost
  std::array<std::vector<std::uint32_t>, model::split_count> by_split;
  std::array<std::vector<std::uint32_t>, statuses> by_status;
  for (auto& column : by_split) column.resize(view.proposals.size());
  for (auto& column : by_status) column.resize(view.proposals.size());
  for (std::size_t row = 0; row < view.proposals.size(); ++row) {
    for (std::size_t split = 0; split < by_split.size(); ++split) {
      const auto cells = view.cells.cells(static_cast<model::CandidateIndex>(row),
                                          static_cast<model::Split>(split));
      for (const model::CellResult& cell : cells) {
        if (!model::is_final(cell.status)) continue;
        ++by_split[split][row];
        ++by_status[static_cast<std::size_t>(cell.status)][row];
      }
    }
  }
  const auto add = [&](std::string_view what, const std::vector<std::uint32_t>& values) {
    const std::string name = fmt::format("{}{}", candidates::cells_prefix, what);
    const std::string title = fmt::format("finished cells: {}", what);
    sink.add_column({.name = name, .long_name = title}, std::span<const std::uint32_t>{values});
  };
  for (std::size_t split = 0; split < by_split.size(); ++split)
    add(model::name_of(static_cast<model::Split>(split)), by_split[split]);
  for (std::size_t status = 0; status < by_status.size(); ++status)
    if (model::is_final(static_cast<model::CellStatus>(status)))
      add(model::name_of(static_cast<model::CellStatus>(status)), by_status[status]);
}

void publish_outcomes(const RunView& view, storage::TableSink& sink) {
  using Outcome = const std::optional<optimize::CandidateOutcome>&;
  const auto& rows = view.outcomes;
  const auto score_of = [](Outcome it) {
    return it && it->valid ? it->score : std::numeric_limits<double>::quiet_NaN();
  };
  add_column<std::int8_t>(sink, candidates::settled, rows,
                          [](Outcome it) { return it.has_value(); });
  add_column<double>(sink, candidates::score, rows, score_of);
  add_column<std::uint32_t>(sink, candidates::cells, rows,
                            [](Outcome it) { return it ? it->cells : 0; });
  add_column<std::int8_t>(sink, candidates::complete, rows,
                          [](Outcome it) { return it && it->complete; });
  add_column<std::int8_t>(sink, candidates::valid, rows,
                          [](Outcome it) { return it && it->valid; });
}

}  // namespace

void publish_candidates(const RunView& view, storage::TableSink& sink) {
  const Proposals& rows = view.proposals;
  const model::Assignment* base = rows.empty() ? nullptr : &rows.front().candidate.assignment;
  sink.begin_table(candidates::table, "versions of the program, in the order of proposals",
                   rows.size());
  add_column<std::uint32_t>(sink, candidates::candidate, rows,
                            [](const Proposal& it) { return it.candidate.index; });
  add_column<std::int64_t>(sink, candidates::parent, rows,
                           [](const Proposal& it) { return reference(it.candidate.parent); });
  add_column<std::string>(sink, candidates::origin, rows,
                          [](const Proposal& it) { return it.candidate.origin; });
  add_column<std::string>(sink, candidates::changes, rows, [&](const Proposal& it) {
    return it.candidate.index == 0 ? std::string{} : model::describe(it.candidate.assignment, base);
  });
  add_column<std::int64_t>(sink, candidates::proposed_at, rows,
                           [](const Proposal& it) { return it.at; });
  publish_outcomes(view, sink);
  publish_cell_counts(view, sink);
  for (const ParameterColumn& column : parameter_columns(rows))
    publish_parameter(rows, column, sink);
}

}  // namespace foundation::report::detail
