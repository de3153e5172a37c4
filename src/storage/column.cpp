#include "storage/column.hpp"

#include <array>

#include "core/terminal_text.hpp"

namespace foundation::storage {

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
    const std::size_t length = core::utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

std::string stored_text(std::string_view text) { return core::valid_utf8(text); }

}  // namespace foundation::storage
