#include "report/detail/summary_settings.hpp"

#include <algorithm>
#include <cmath>
#include <optional>
#include <string_view>
#include <utility>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "report/detail/table_reader.hpp"
#include "report/terminal_text.hpp"

namespace foundation::report::detail {

using Json = nlohmann::ordered_json;
using Value = SettingSummary::Value;

namespace {

constexpr std::size_t widest_value = 100;
constexpr double exact_integers = 9007199254740992;  // 2^53

/// Nothing where the parameter is inactive; columns tell by NaN, -1 and "".
std::optional<Value> value_at(const storage::Column& column, std::size_t row) {
  if (const auto* numbers = std::get_if<std::vector<double>>(&column))
    return std::isnan(numbers->at(row)) ? std::nullopt : std::optional<Value>{numbers->at(row)};
  if (const auto* options = std::get_if<std::vector<std::int8_t>>(&column))
    return options->at(row) < 0 ? std::nullopt : std::optional<Value>{options->at(row) != 0};
  if (const auto* texts = std::get_if<std::vector<std::string>>(&column))
    return texts->at(row).empty() ? std::nullopt : std::optional<Value>{texts->at(row)};
  return std::nullopt;
}

/// Whole numbers as such, which are stored as reals.
Json json_of(const Value& value) {
  const auto* number = std::get_if<double>(&value);
  if (number != nullptr && std::floor(*number) == *number && std::abs(*number) < exact_integers)
    return static_cast<std::int64_t>(*number);
  return std::visit([](const auto& it) { return Json(it); }, value);
}

std::string text_of(const Value& value, std::size_t widest) {
  if (const auto* text = std::get_if<std::string>(&value)) return visible(*text, widest);
  return json_of(value).dump();
}

}  // namespace

std::vector<SettingSummary> read_settings(const storage::TableSource& tables,
                                          std::int64_t candidate) {
  namespace candidates = storage::schema::candidates;
  const TableReader table{tables, candidates::table};
  const auto indices = table.all<std::uint32_t>(candidates::candidate);
  const auto found = std::ranges::find(indices, candidate);
  std::vector<SettingSummary> settings;
  if (found == indices.end()) return settings;
  const auto row = static_cast<std::size_t>(found - indices.begin());
  for (const std::string& name : tables.columns(candidates::table)) {
    if (!name.starts_with(candidates::parameter_prefix)) continue;
    auto value = value_at(tables.read(candidates::table, name), row);
    if (value)
      settings.push_back({name.substr(candidates::parameter_prefix.size()), std::move(*value)});
  }
  return settings;
}

std::string settings_text(const Summary& summary) {
  if (!summary.result || summary.result->settings.empty()) return {};
  std::size_t width = 0;
  for (const SettingSummary& it : summary.result->settings)
    width = std::max(width, it.parameter.size());
  std::string text = "\nsettings of the winner\n";
  for (const SettingSummary& it : summary.result->settings)
    text += fmt::format("  {:<{}}  {}\n", it.parameter, width, text_of(it.value, widest_value));
  return text;
}

Json settings_json(const std::vector<SettingSummary>& settings) {
  Json json = Json::object();
  for (const SettingSummary& it : settings) json[it.parameter] = json_of(it.value);
  return json;
}

std::string settings_plain(const std::vector<SettingSummary>& settings) {
  std::string text;
  for (const SettingSummary& it : settings)
    text += fmt::format("setting\t{}\t{}\n", it.parameter, text_of(it.value, std::string::npos));
  return text;
}

}  // namespace foundation::report::detail
