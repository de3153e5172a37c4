#include <algorithm>
#include <array>

#include <fmt/format.h>

#include "job/detail/command_keys.hpp"
#include "job/detail/key.hpp"
#include "job/detail/space_change.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

using Override = Job::ParameterOverride;

constexpr std::array<std::string_view, 4> override_keys{"low", "high", "choices", "initial"};

Override read_narrowed(const Entry& entry, const Reading& value) {
  Override change;
  change.name = entry.name;
  for (const Entry& part : value.table()) {
    const Reading reading{part.name, part.node};
    if (part.name == "low") {
      change.low = reading.number();
    } else if (part.name == "high") {
      change.high = reading.number();
    } else if (part.name == "choices") {
      change.choices = reading.choices();
    } else if (part.name == "initial") {
      change.initial = reading.value();
    } else {
      throw core::Error{core::ErrorKind::bad_input, part.place,
                        fmt::format("unknown key '{}' of parameter '{}'", part.name, entry.name),
                        hint_for(part.name, override_keys)};
    }
  }
  if (change.low && change.high && *change.low > *change.high) {
    value.reject(fmt::format("has low = {} above high = {}", *change.low, *change.high));
  }
  return change;
}

Override read_override(const Entry& entry) {
  const Reading value{entry.name, entry.node};
  if (std::holds_alternative<Table>(entry.node.value)) return read_narrowed(entry, value);
  Override change;
  change.name = entry.name;
  change.fixed = value.value();
  return change;
}

/// A later layer changes a parameter that an earlier one has declared.
void change_declared(const Override& change, model::Parameter& parameter) {
  if (change.fixed) {
    parameter.initial = in_type_of(parameter, *change.fixed);
    const auto* whole = std::get_if<std::int64_t>(&parameter.initial);
    const auto* real = std::get_if<double>(&parameter.initial);
    if (whole != nullptr) parameter.low = parameter.high = static_cast<double>(*whole);
    if (real != nullptr) parameter.low = parameter.high = *real;
    if (whole == nullptr && real == nullptr)
      parameter.choices = {model::to_string(parameter.initial)};
    return;
  }
  parameter.low = change.low.value_or(parameter.low);
  parameter.high = change.high.value_or(parameter.high);
  if (!change.choices.empty()) parameter.choices = change.choices;
  if (change.initial) parameter.initial = in_type_of(parameter, *change.initial);
}

std::string show_override(const Override& change) {
  if (change.fixed) return toml_text(*change.fixed);
  std::string parts;
  const auto add = [&parts](std::string_view name, const std::string& text) {
    parts += fmt::format("{}{} = {}", parts.empty() ? "" : ", ", name, text);
  };
  if (change.low) add("low", toml_text(*change.low));
  if (change.high) add("high", toml_text(*change.high));
  if (!change.choices.empty()) add("choices", toml_text(change.choices));
  if (change.initial) add("initial", toml_text(*change.initial));
  return "{" + parts + "}";
}

}  // namespace

void assign_constraints(Job& job, const Reading& value) {
  job.constraints.clear();
  for (const Node& node : value.array()) {
    const std::string text = Reading{"constraints", node}.text();
    try {
      static_cast<void>(model::parse_constraint(text));
    } catch (const core::Error& error) {
      throw core::Error{error.kind(), node.place, error.what(), error.hint()};
    }
    job.constraints.push_back(text);
  }
}

std::string show_constraints(const Job& job) { return toml_text(job.constraints); }

void assign_parameters(Job& job, const Reading& value) {
  std::vector<model::Parameter>& declared = job.program.command.parameters;
  for (const Entry& entry : value.table()) {
    std::erase_if(job.parameters, [&](const Override& old) { return old.name == entry.name; });
    const auto known = std::ranges::find(declared, entry.name, &model::Parameter::name);
    if (is_declaration(entry)) {
      if (known != declared.end()) declared.erase(known);
      declared.push_back(read_declaration(entry));
    } else if (known != declared.end()) {
      change_declared(read_override(entry), *known);
    } else {
      job.parameters.push_back(read_override(entry));
    }
    job.places["program.parameters." + entry.name] = entry.place;
  }
}

std::string show_parameters(const Job& job) {
  std::string parts;
  for (const Override& change : job.parameters) {
    parts += fmt::format("{}{} = {}", parts.empty() ? "" : ", ", toml_name(change.name),
                         show_override(change));
  }
  for (const model::Parameter& parameter : job.program.command.parameters) {
    parts += fmt::format("{}{} = {}", parts.empty() ? "" : ", ", toml_name(parameter.name),
                         show_declaration(parameter));
  }
  return "{" + parts + "}";
}

void assign_starting_points(Job& job, const Reading& value) {
  job.starting_points.clear();
  for (const Node& node : value.array()) {
    model::Assignment point;
    for (const Entry& entry : Reading{"starting_points", node}.table()) {
      point.set(entry.name, Reading{entry.name, entry.node}.value());
    }
    job.starting_points.push_back(point);
    const std::size_t number = job.starting_points.size();
    job.places[fmt::format("program.starting_points.{}", number)] = node.place;
  }
}

std::string show_starting_points(const Job& job) {
  std::string points;
  for (const model::Assignment& point : job.starting_points) {
    std::string settings;
    for (const model::Setting& setting : point.settings()) {
      settings += fmt::format("{}{} = {}", settings.empty() ? "" : ", ", toml_name(setting.name),
                              toml_text(setting.value));
    }
    points += fmt::format("{}{{{}}}", points.empty() ? "" : ", ", settings);
  }
  return "[" + points + "]";
}

}  // namespace foundation::job::detail
