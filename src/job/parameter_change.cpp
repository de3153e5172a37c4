#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"
#include "job/detail/space_change.hpp"

namespace foundation::job::detail {
namespace {

using model::Parameter;
using model::ParameterKind;

/// A numeric value, for the ends of a range.
std::optional<double> as_number(const model::Value& value) {
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return static_cast<double>(*whole);
  if (const auto* real = std::get_if<double>(&value)) return *real;
  return std::nullopt;
}

/// One override applied to a parameter of the program; errors stand at the override.
class Change {
 public:
  Change(const Job& job, const Job::ParameterOverride& change, Parameter& parameter)
      : job_{job}, change_{change}, parameter_{parameter} {}

  void apply() {
    if (change_.fixed) return fix(in_type_of(parameter_, *change_.fixed));
    if (change_.low || change_.high) narrow_range();
    if (!change_.choices.empty()) narrow_choices(change_.choices);
    if (change_.initial) {
      parameter_.initial = in_type_of(parameter_, *change_.initial);
    } else {
      keep_initial_inside();
    }
  }

 private:
  [[noreturn]] void reject(const std::string& problem, std::string hint = {}) const {
    throw core::Error{core::ErrorKind::bad_input,
                      place_of(job_, "program.parameters." + change_.name),
                      fmt::format("parameter '{}' {}", change_.name, problem), std::move(hint)};
  }

  [[nodiscard]] bool has_range() const {
    return parameter_.kind == ParameterKind::real || parameter_.kind == ParameterKind::log_real ||
           parameter_.kind == ParameterKind::integer ||
           parameter_.kind == ParameterKind::demonstrations;
  }

  void fix(const model::Value& value) {
    if (!has_range()) {
      narrow_choices({model::to_string(value)});
      parameter_.initial = value;
      parameter_.open = false;
      return;
    }
    const auto number = as_number(value);
    if (!number) reject(fmt::format("is {} and takes a number", name_of(parameter_.kind)));
    check_inside(*number);
    parameter_.low = parameter_.high = *number;
    if (parameter_.kind != ParameterKind::demonstrations) parameter_.initial = value;
  }

  void narrow_range() {
    if (!has_range()) {
      reject(fmt::format("is {} and has no range", name_of(parameter_.kind)),
             "use choices = [...]");
    }
    if (change_.low) check_inside(*change_.low);
    if (change_.high) check_inside(*change_.high);
    parameter_.low = change_.low.value_or(parameter_.low);
    parameter_.high = change_.high.value_or(parameter_.high);
  }

  void check_inside(double number) const {
    const bool is_whole = parameter_.kind == ParameterKind::integer ||
                          parameter_.kind == ParameterKind::demonstrations;
    if (is_whole && number != std::floor(number)) {
      reject(fmt::format("takes whole numbers, not {}", number));
    }
    if (number >= parameter_.low && number <= parameter_.high) return;
    reject(fmt::format("cannot be {}: the program takes {} to {}", number, parameter_.low,
                       parameter_.high));
  }

  void narrow_choices(const std::vector<std::string>& choices) {
    if (has_range()) {
      reject(fmt::format("is {} and has no choices", name_of(parameter_.kind)),
             "use low = and high =");
    }
    std::vector<std::string> known = parameter_.choices;
    if (parameter_.kind == ParameterKind::boolean && known.empty()) known = {"true", "false"};
    const std::vector<std::string_view> views{known.begin(), known.end()};
    for (const std::string& choice : choices) {
      if (known.empty() || std::ranges::find(known, choice) != known.end()) continue;
      const auto near = core::nearest(choice, views);
      reject(fmt::format("cannot be '{}'", choice),
             near ? fmt::format("did you mean '{}'?", *near)
                  : fmt::format("the program knows {}", fmt::join(known, ", ")));
    }
    parameter_.choices = choices;
  }

  /// The program's own initial value may be outside the narrower range: the nearest inside.
  void keep_initial_inside() {
    if (auto* real = std::get_if<double>(&parameter_.initial)) {
      *real = std::clamp(*real, parameter_.low, std::max(parameter_.low, parameter_.high));
    } else if (auto* whole = std::get_if<std::int64_t>(&parameter_.initial)) {
      const auto low = static_cast<std::int64_t>(parameter_.low);
      const auto high = static_cast<std::int64_t>(parameter_.high);
      *whole = std::clamp(*whole, low, std::max(low, high));
    } else if (!parameter_.choices.empty()) {
      const std::string name = model::to_string(parameter_.initial);
      if (std::ranges::find(parameter_.choices, name) != parameter_.choices.end()) return;
      const std::string& first = parameter_.choices.front();
      if (parameter_.kind == ParameterKind::boolean) {
        parameter_.initial = first == "true";
      } else {
        parameter_.initial = first;
      }
    }
  }

  const Job& job_;
  const Job::ParameterOverride& change_;
  Parameter& parameter_;
};

}  // namespace

/// `value` in the type the parameter takes: 1 is a real number, too, and a category may look
/// like a number. What does not fit stays as it is: the space refuses it.
model::Value in_type_of(const Parameter& parameter, const model::Value& value) {
  const bool is_real =
      parameter.kind == ParameterKind::real || parameter.kind == ParameterKind::log_real;
  const bool is_name =
      parameter.kind == ParameterKind::categorical || parameter.kind == ParameterKind::text;
  if (const auto* whole = std::get_if<std::int64_t>(&value); whole != nullptr && is_real) {
    return static_cast<double>(*whole);
  }
  if (is_name && !std::holds_alternative<model::Demonstrations>(value)) {
    return model::to_string(value);
  }
  return value;
}

void change_parameter(const Job& job, const Job::ParameterOverride& change, Parameter& parameter) {
  Change{job, change, parameter}.apply();
}

}  // namespace foundation::job::detail
