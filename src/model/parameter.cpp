#include <algorithm>
#include <charconv>
#include <cmath>
#include <limits>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "model/detail/space_rules.hpp"

namespace foundation::model {

std::string_view name_of(ParameterKind kind) noexcept {
  switch (kind) {
    case ParameterKind::real: return "real";
    case ParameterKind::log_real: return "log_real";
    case ParameterKind::integer: return "integer";
    case ParameterKind::categorical: return "categorical";
    case ParameterKind::boolean: return "boolean";
    case ParameterKind::text: return "text";
    case ParameterKind::demonstrations: return "demonstrations";
  }
  return "unknown";
}

namespace detail {
namespace {

constexpr double largest_exact_integer = 0x1.0p53;

bool is_whole(double number) {
  return std::fabs(number) <= largest_exact_integer &&
         static_cast<double>(static_cast<std::int64_t>(number)) == number;
}

bool contains(const std::vector<std::string>& texts, std::string_view wanted) {
  return std::ranges::find(texts, wanted) != texts.end();
}

std::string range_problem(const Parameter& parameter) {
  if (!std::isfinite(parameter.high - parameter.low)) return "its range is not finite";
  if (parameter.low > parameter.high) {
    return fmt::format("its lowest value {} is above its highest value {}", parameter.low,
                       parameter.high);
  }
  if (parameter.kind == ParameterKind::log_real && parameter.low <= 0) {
    return fmt::format("its lowest value is {}, but a logarithmic range must be above 0",
                       parameter.low);
  }
  return {};
}

std::string whole_range_problem(const Parameter& parameter) {
  if (std::string problem = range_problem(parameter); !problem.empty()) return problem;
  if (!is_whole(parameter.low) || !is_whole(parameter.high)) {
    return fmt::format("its range {} to {} must be whole numbers", parameter.low, parameter.high);
  }
  if (parameter.kind == ParameterKind::demonstrations &&
      (parameter.low < 0 || parameter.high > std::numeric_limits<std::uint32_t>::max())) {
    return fmt::format("its range {} to {} cannot count demonstrations", parameter.low,
                       parameter.high);
  }
  return {};
}

std::string choices_problem(const Parameter& parameter) {
  for (auto choice = parameter.choices.begin(); choice != parameter.choices.end(); ++choice) {
    if (std::find(parameter.choices.begin(), choice, *choice) != choice) {
      return fmt::format("its choice '{}' appears twice", *choice);
    }
  }
  if (parameter.kind == ParameterKind::categorical && parameter.choices.empty()) {
    return "it has no choices";
  }
  return {};
}

std::string boolean_choices_problem(const Parameter& parameter) {
  for (const std::string& choice : parameter.choices) {
    if (choice != "true" && choice != "false") {
      return fmt::format("its choice '{}' is neither true nor false", choice);
    }
  }
  return choices_problem(parameter);
}

bool is_integer_in(std::string_view text, double low, double high) {
  std::int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto value = static_cast<double>(number);
  return error == std::errc{} && end == text.data() + text.size() && value >= low && value <= high;
}

/// Whether `on` can ever have the value that prints as `text`.
bool can_be(const Parameter& on, std::string_view text) {
  switch (on.kind) {
    case ParameterKind::boolean:
      return on.choices.empty() ? text == "true" || text == "false" : contains(on.choices, text);
    case ParameterKind::integer: return is_integer_in(text, on.low, on.high);
    default: return contains(on.choices, text);
  }
}

std::string number_problem(const Parameter& parameter, double number) {
  if (std::isnan(number)) return "is not a number";
  if (number < parameter.low) {
    return fmt::format("is {}, below its lowest value {}", number, parameter.low);
  }
  if (number > parameter.high) {
    return fmt::format("is {}, above its highest value {}", number, parameter.high);
  }
  return {};
}

std::string choice_problem(const Parameter& parameter, const std::string& chosen) {
  const bool is_free =
      parameter.open || (parameter.choices.empty() && parameter.kind != ParameterKind::categorical);
  if (is_free || contains(parameter.choices, chosen)) return {};
  return fmt::format("is '{}', which is none of its choices: {}", chosen,
                     fmt::join(parameter.choices, ", "));
}

std::string demonstrations_problem(const Parameter& parameter, const Demonstrations& shown) {
  const auto count = static_cast<double>(shown.positions.size());
  if (count < parameter.low) {
    return fmt::format("has {} demonstrations, but needs at least {}", count, parameter.low);
  }
  if (count > parameter.high) {
    return fmt::format("has {} demonstrations, but at most {} are allowed", count, parameter.high);
  }
  std::vector<std::uint32_t> sorted = shown.positions;
  std::ranges::sort(sorted);
  const auto repeated = std::ranges::adjacent_find(sorted);
  if (repeated != sorted.end()) return fmt::format("shows position {} twice", *repeated);
  return {};
}

}  // namespace

bool is_numeric(ParameterKind kind) noexcept {
  return kind == ParameterKind::real || kind == ParameterKind::log_real ||
         kind == ParameterKind::integer;
}

bool is_active(const Parameter& parameter, const Assignment& assignment) {
  return std::ranges::all_of(parameter.conditions, [&](const Condition& condition) {
    const Value* value = assignment.find(condition.parameter);
    return value != nullptr && contains(condition.values, to_string(*value));
  });
}

std::string definition_problem(const Parameter& parameter) {
  switch (parameter.kind) {
    case ParameterKind::real:
    case ParameterKind::log_real: return range_problem(parameter);
    case ParameterKind::integer:
    case ParameterKind::demonstrations: return whole_range_problem(parameter);
    case ParameterKind::categorical:
    case ParameterKind::text: return choices_problem(parameter);
    case ParameterKind::boolean: return boolean_choices_problem(parameter);
  }
  return "it has an unknown kind";
}

std::string condition_problem(const Condition& condition, const Parameter* on) {
  if (on == nullptr) {
    return fmt::format("its condition names '{}', which is not an earlier parameter",
                       condition.parameter);
  }
  if (on->kind != ParameterKind::categorical && on->kind != ParameterKind::boolean &&
      on->kind != ParameterKind::integer) {
    return fmt::format(
        "its condition is on '{}', which is {}; only categorical, boolean and "
        "integer parameters can be a condition",
        on->name, name_of(on->kind));
  }
  if (condition.values.empty()) {
    return fmt::format("its condition on '{}' lists no values", on->name);
  }
  for (const std::string& value : condition.values) {
    if (!can_be(*on, value)) {
      return fmt::format("its condition needs '{}' to be '{}', which it can never be", on->name,
                         value);
    }
  }
  return {};
}

std::string value_problem(const Parameter& parameter, const Value& value) {
  switch (parameter.kind) {
    case ParameterKind::real:
    case ParameterKind::log_real:
      if (const auto* number = std::get_if<double>(&value)) {
        return number_problem(parameter, *number);
      }
      return "must be a real number";
    case ParameterKind::integer:
      if (const auto* number = std::get_if<std::int64_t>(&value)) {
        return number_problem(parameter, static_cast<double>(*number));
      }
      return "must be a whole number";
    case ParameterKind::boolean:
      if (std::holds_alternative<bool>(value)) return choice_problem(parameter, to_string(value));
      return "must be true or false";
    case ParameterKind::categorical:
    case ParameterKind::text:
      if (const auto* chosen = std::get_if<std::string>(&value)) {
        return choice_problem(parameter, *chosen);
      }
      return "must be a text";
    case ParameterKind::demonstrations:
      if (const auto* shown = std::get_if<Demonstrations>(&value)) {
        return demonstrations_problem(parameter, *shown);
      }
      return "must be a list of demonstrations";
  }
  return "has an unknown kind";
}

}  // namespace detail
}  // namespace foundation::model
