#include "job/detail/reading.hpp"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "core/quantity.hpp"

namespace foundation::job::detail {

std::string hint_for(std::string_view word, std::span<const std::string_view> allowed) {
  if (const auto near = core::nearest(word, allowed)) {
    return fmt::format("did you mean '{}'?", *near);
  }
  return fmt::format("use one of {}", fmt::join(allowed, ", "));
}

void Reading::reject(std::string_view problem, std::string hint) const {
  throw core::Error{core::ErrorKind::bad_input, node_.place, fmt::format("'{}' {}", key_, problem),
                    std::move(hint)};
}

void Reading::reject_type(std::string_view expected) const {
  reject(fmt::format("must be {}, not {}", expected, describe_type(node_)));
}

bool Reading::is_word(std::string_view word) const noexcept {
  const auto* text = std::get_if<std::string>(&node_.value);
  return text != nullptr && *text == word;
}

std::string Reading::text() const {
  const auto* text = std::get_if<std::string>(&node_.value);
  if (text == nullptr) reject_type("a string");
  return *text;
}

bool Reading::flag() const {
  const auto* flag = std::get_if<bool>(&node_.value);
  if (flag == nullptr) reject_type("true or false");
  return *flag;
}

std::uint64_t Reading::whole(std::uint64_t low, std::uint64_t high) const {
  std::uint64_t number = 0;
  if (const auto* text = std::get_if<std::string>(&node_.value)) {
    const auto count = core::parse_count(*text);
    if (!count) reject(fmt::format("must be a whole number, not '{}'", *text));
    number = *count;
  } else if (const auto* integer = std::get_if<std::int64_t>(&node_.value)) {
    if (*integer < 0) reject(fmt::format("is {}, but must not be negative", *integer));
    number = static_cast<std::uint64_t>(*integer);
  } else {
    reject_type("a whole number");
  }
  if (number < low) reject(fmt::format("is {}, but must be at least {}", number, low));
  if (number > high) reject(fmt::format("is {}, but must be at most {}", number, high));
  return number;
}

double Reading::number() const {
  if (const auto* integer = std::get_if<std::int64_t>(&node_.value)) {
    return static_cast<double>(*integer);
  }
  const auto* number = std::get_if<double>(&node_.value);
  if (number == nullptr) reject_type("a number");
  if (!std::isfinite(*number)) reject(fmt::format("is {}, but must be finite", *number));
  return *number;
}

double Reading::number(double low, double high) const {
  const double value = number();
  if (value < low) reject(fmt::format("is {}, but must be at least {}", value, low));
  if (value > high) reject(fmt::format("is {}, but must be at most {}", value, high));
  return value;
}

core::Duration Reading::duration(core::Duration least) const {
  static constexpr std::string_view hint =
      "write it in quotes with a unit: \"250ms\", \"90s\", "
      "\"1h30m\"";
  const auto* text = std::get_if<std::string>(&node_.value);
  if (text == nullptr) {
    reject(fmt::format("must be a span of time, not {}", describe_type(node_)), std::string{hint});
  }
  const auto span = core::parse_duration(*text);
  if (!span) reject(fmt::format("must be a span of time, not '{}'", *text), std::string{hint});
  if (*span < least) {
    reject(fmt::format("is {}, but must be at least {}", *text, core::format_duration(least)));
  }
  return *span;
}

std::uint64_t Reading::size() const {
  static constexpr std::uint64_t most = std::numeric_limits<std::int64_t>::max();
  const auto* text = std::get_if<std::string>(&node_.value);
  if (text == nullptr) return whole(1, most);
  const auto bytes = core::parse_size(*text);
  if (!bytes || *bytes == 0 || *bytes > most) {
    reject(fmt::format("must be a size of at least one byte, not '{}'", *text),
           "write it in quotes with a unit: \"500MB\", \"4GiB\"");
  }
  return *bytes;
}

std::string Reading::one_of(std::span<const std::string_view> choices) const {
  std::string chosen = text();
  if (std::ranges::find(choices, chosen) == choices.end()) {
    reject(fmt::format("is '{}', which is unknown", chosen), hint_for(chosen, choices));
  }
  return chosen;
}

std::vector<std::string> Reading::texts() const {
  if (std::holds_alternative<std::string>(node_.value)) return {text()};
  const auto* array = std::get_if<Array>(&node_.value);
  if (array == nullptr) reject_type("a string or a list of strings");
  std::vector<std::string> texts;
  for (const Node& element : *array) texts.push_back(Reading{key_, element}.text());
  return texts;
}

std::vector<std::string> Reading::choices() const {
  std::vector<std::string> choices;
  for (const Node& element : array()) {
    const Reading choice{key_, element};
    if (std::holds_alternative<Array>(element.value)) choice.reject_type("a list of names");
    choices.push_back(model::to_string(choice.value()));
  }
  if (choices.empty()) reject("must not be empty");
  return choices;
}

model::Value Reading::value() const {
  if (const auto* text = std::get_if<std::string>(&node_.value)) return *text;
  if (const auto* integer = std::get_if<std::int64_t>(&node_.value)) return *integer;
  if (const auto* flag = std::get_if<bool>(&node_.value)) return *flag;
  if (std::holds_alternative<double>(node_.value)) return number();
  const auto* array = std::get_if<Array>(&node_.value);
  if (array == nullptr) reject_type("a string, a number, true, false or a list of positions");
  model::Demonstrations shown;
  for (const Node& element : *array) {
    shown.positions.push_back(static_cast<std::uint32_t>(Reading{key_, element}.whole(0)));
  }
  return shown;
}

const Table& Reading::table() const {
  const auto* table = std::get_if<Table>(&node_.value);
  if (table == nullptr) reject_type("a table");
  return *table;
}

const Array& Reading::array() const {
  const auto* array = std::get_if<Array>(&node_.value);
  if (array == nullptr) reject_type("a list");
  return *array;
}

}  // namespace foundation::job::detail
