#include <algorithm>
#include <array>
#include <cmath>
#include <tuple>

#include <fmt/format.h>

#include "job/detail/command_keys.hpp"
#include "job/detail/space_change.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

constexpr std::array<std::string_view, 6> kinds{"real",        "log_real", "integer",
                                                "categorical", "boolean",  "text"};
constexpr std::array<std::string_view, 7> keys{"kind",    "low",  "high",       "choices",
                                               "initial", "when", "description"};

/// Reads the table of one declared parameter.
class Declaration {
 public:
  explicit Declaration(const Entry& entry) : value_{entry.name, entry.node} {
    parameter_.name = entry.name;
    const Table& table = value_.table();
    for (const Entry& part : table)
      if (part.name == "kind") set_kind(Reading{part.name, part.node});
    for (const Entry& part : table) read(part);
  }

  Parameter finish() {
    if (has_range() && (!has_low_ || !has_high_))
      value_.reject(fmt::format("is {} and needs low and high", name_of(parameter_.kind)),
                    "write low = ..., high = ...");
    if (parameter_.kind == ParameterKind::categorical && parameter_.choices.empty())
      value_.reject("is categorical and needs choices", "write choices = [\"a\", \"b\"]");
    parameter_.initial = given_initial_ ? in_type_of(parameter_, *given_initial_) : middle();
    return std::move(parameter_);
  }

 private:
  [[nodiscard]] bool has_range() const {
    return parameter_.kind == ParameterKind::real || parameter_.kind == ParameterKind::log_real ||
           parameter_.kind == ParameterKind::integer;
  }

  void set_kind(const Reading& reading) {
    const auto kind = std::ranges::find(kinds, reading.one_of(kinds));
    parameter_.kind = static_cast<ParameterKind>(kind - kinds.begin());
  }

  void read(const Entry& part) {
    const Reading reading{part.name, part.node};
    if (part.name == "kind") return;
    if (part.name == "low") {
      refuse(reading, has_range());
      parameter_.low = reading.number();
      has_low_ = true;
    } else if (part.name == "high") {
      refuse(reading, has_range());
      parameter_.high = reading.number();
      has_high_ = true;
    } else if (part.name == "choices") {
      refuse(reading, !has_range());
      parameter_.choices = reading.choices();
    } else if (part.name == "initial") {
      given_initial_ = reading.value();
    } else if (part.name == "when") {
      read_conditions(reading);
    } else if (part.name == "description") {
      parameter_.description = reading.text();
    } else {
      throw core::Error{
          core::ErrorKind::bad_input, part.place,
          fmt::format("unknown key '{}' of parameter '{}'", part.name, parameter_.name),
          hint_for(part.name, keys)};
    }
  }

  void refuse(const Reading& reading, bool applies) const {
    if (!applies)
      reading.reject(
          fmt::format("means nothing to a parameter that is {}", name_of(parameter_.kind)));
  }

  void read_conditions(const Reading& reading) {
    for (const Entry& entry : reading.table()) {
      const Reading values{entry.name, entry.node};
      const bool is_list = std::holds_alternative<Array>(entry.node.value);
      parameter_.conditions.push_back(
          {entry.name, is_list ? values.choices() : std::vector{model::to_string(values.value())}});
    }
  }

  /// Where the search begins if nobody says.
  [[nodiscard]] model::Value middle() const {
    const double low = parameter_.low;
    const double high = parameter_.high;
    switch (parameter_.kind) {
      case ParameterKind::real: return low + (high - low) / 2;
      case ParameterKind::log_real:
        return std::clamp(std::sqrt(low) * std::sqrt(high), low, std::max(low, high));
      case ParameterKind::integer:
        return static_cast<std::int64_t>(std::floor(low + (high - low) / 2));
      case ParameterKind::boolean:
        return !parameter_.choices.empty() && parameter_.choices.front() == "true";
      default: return parameter_.choices.empty() ? std::string{} : parameter_.choices.front();
    }
  }

  Reading value_;
  Parameter parameter_;
  std::optional<model::Value> given_initial_;
  bool has_low_ = false;
  bool has_high_ = false;
};

/// Where a parameter stands: first those of the job file, line by line.
auto rank_of(const Job& job, const Parameter& parameter) {
  const core::Place place = place_of(job, "program.parameters." + parameter.name);
  return std::tuple{place.file != job.file.string(), place.line, place.column};
}

}  // namespace

bool is_declaration(const Entry& entry) {
  const auto* table = std::get_if<Table>(&entry.node.value);
  return table != nullptr && std::ranges::find(*table, "kind", &Entry::name) != table->end();
}

Parameter read_declaration(const Entry& entry) { return Declaration{entry}.finish(); }

std::string show_declaration(const Parameter& parameter) {
  std::string text = fmt::format("{{kind = {}", toml_text(name_of(parameter.kind)));
  if (parameter.kind == ParameterKind::integer) {
    text += fmt::format(", low = {}, high = {}", static_cast<std::int64_t>(parameter.low),
                        static_cast<std::int64_t>(parameter.high));
  } else if (parameter.kind == ParameterKind::real || parameter.kind == ParameterKind::log_real) {
    text +=
        fmt::format(", low = {}, high = {}", toml_text(parameter.low), toml_text(parameter.high));
  } else if (!parameter.choices.empty()) {
    text += ", choices = " + toml_text(parameter.choices);
  }
  text += ", initial = " + toml_text(parameter.initial);
  std::string conditions;
  for (const model::Condition& condition : parameter.conditions)
    conditions += fmt::format("{}{} = {}", conditions.empty() ? "" : ", ",
                              toml_name(condition.parameter), toml_text(condition.values));
  if (!conditions.empty()) text += fmt::format(", when = {{{}}}", conditions);
  if (!parameter.description.empty()) text += ", description = " + toml_text(parameter.description);
  return text + "}";
}

void order_declarations(Job& job) {
  std::vector<Parameter>& waiting = job.program.command.parameters;
  std::ranges::stable_sort(waiting, [&](const Parameter& left, const Parameter& right) {
    return rank_of(job, left) < rank_of(job, right);
  });
  std::vector<Parameter> ordered;
  while (!waiting.empty()) {
    // The first that does not depend on one still waiting; none: a circle, which the space refuses.
    const auto ready = std::ranges::find_if(waiting, [&](const Parameter& parameter) {
      return std::ranges::none_of(parameter.conditions, [&](const model::Condition& condition) {
        return std::ranges::find(waiting, condition.parameter, &Parameter::name) != waiting.end();
      });
    });
    const auto next = ready == waiting.end() ? waiting.begin() : ready;
    ordered.push_back(std::move(*next));
    waiting.erase(next);
  }
  waiting = std::move(ordered);
}

}  // namespace foundation::job::detail
