#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/error.hpp"

/// TOML as plain values with their places: the parser library stays in one source file.
namespace foundation::job::detail {

struct Node;
struct Entry;
using Array = std::vector<Node>;
using Table = std::vector<Entry>;  ///< in the order of the names
struct Moment {};                  ///< a date or time: no key takes one

struct Node {
  core::Place place;
  std::variant<std::string, std::int64_t, double, bool, Moment, Array, Table> value;
};

struct Entry {
  std::string name;
  core::Place place;  ///< of the name
  Node node;
};

/// "a string", "a whole number", ...: for messages about wrong types.
[[nodiscard]] std::string_view describe_type(const Node& node) noexcept;

/// Parses a TOML document; `name` is what messages call it. Throws core::Error{bad_input} placed
/// at the first syntax error.
[[nodiscard]] Node parse_toml(std::string_view text, const std::string& name);

}  // namespace foundation::job::detail
