#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

/// Vocabulary of published tables: a table is a set of equally long columns of one type each.
namespace foundation::storage {

/// Values of one column, owned. The order of alternatives is the order of `ColumnType`.
using Column =
    std::variant<std::vector<std::int8_t>, std::vector<std::int32_t>, std::vector<std::uint32_t>,
                 std::vector<std::int64_t>, std::vector<std::uint64_t>, std::vector<double>,
                 std::vector<std::string>>;

/// The same values, borrowed.
using ColumnView = std::variant<std::span<const std::int8_t>, std::span<const std::int32_t>,
                                std::span<const std::uint32_t>, std::span<const std::int64_t>,
                                std::span<const std::uint64_t>, std::span<const double>,
                                std::span<const std::string>>;

enum class ColumnType : std::uint8_t { int8, int32, uint32, int64, uint64, float64, text };

[[nodiscard]] inline ColumnType type_of(const Column& column) noexcept {
  return static_cast<ColumnType>(column.index());
}
[[nodiscard]] inline ColumnType type_of(const ColumnView& column) noexcept {
  return static_cast<ColumnType>(column.index());
}
[[nodiscard]] std::string_view name_of(ColumnType type) noexcept;
[[nodiscard]] std::size_t size_of(const ColumnView& column) noexcept;
[[nodiscard]] ColumnView view_of(const Column& column) noexcept;

/// Names of the values of an int8 state (CF conventions, 3.5): `meanings` is blank-separated.
struct Flags {
  std::span<const std::int8_t> values;
  std::string_view meanings;
};

/// What a reader is told about a column. `units` follows UDUNITS and may be empty.
struct ColumnInfo {
  std::string_view name;
  std::string_view long_name;
  std::string_view units = {};
  std::string_view description = {};
  const Flags* flags = nullptr;
};

using AttributeValue = std::variant<std::string, std::int64_t, double>;

/// Text as it may be stored: valid UTF-8 without NUL; each byte that is neither becomes U+FFFD.
[[nodiscard]] std::string stored_text(std::string_view text);
/// Whether `stored_text(text)` would change nothing.
[[nodiscard]] bool is_storable(std::string_view text) noexcept;

}  // namespace foundation::storage
