#include "storage/column.hpp"

#include <array>

namespace foundation::storage {
namespace {

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

/// Length of the well-formed UTF-8 sequence at the front (Unicode 15, table 3-7); 0 if there is
/// none or if it is NUL.
std::size_t sequence_length(std::string_view text) noexcept {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead == 0) return 0;
  if (lead < 0x80) return 1;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if (!is_continuation(text[i])) return 0;
  const auto second = static_cast<unsigned char>(text[1]);
  const bool overlong = (lead == 0xE0 && second < 0xA0) || (lead == 0xF0 && second < 0x90);
  const bool surrogate = lead == 0xED && second > 0x9F;
  const bool beyond = lead == 0xF4 && second > 0x8F;
  return overlong || surrogate || beyond ? 0 : length;
}

}  // namespace

std::string_view name_of(ColumnType type) noexcept {
  static constexpr std::array<std::string_view, 7> names = {"int8",   "int32",   "uint32", "int64",
                                                            "uint64", "float64", "text"};
  return names[static_cast<std::size_t>(type)];
}

std::size_t size_of(const ColumnView& column) noexcept {
  return std::visit([](const auto& values) { return values.size(); }, column);
}

ColumnView view_of(const Column& column) noexcept {
  return std::visit(
      [](const auto& values) -> ColumnView {
        return std::span{values.data(), values.size()};
      },
      column);
}

bool is_storable(std::string_view text) noexcept {
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string stored_text(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    result += length != 0 ? text.substr(0, length) : std::string_view{"\xEF\xBF\xBD"};
    text.remove_prefix(length != 0 ? length : 1);
  }
  return result;
}

}  // namespace foundation::storage
