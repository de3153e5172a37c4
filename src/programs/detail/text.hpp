#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

/// Small helpers for bytes that people wrote. ASCII rules only: no locale changes an answer.
namespace foundation::programs::detail {

/// `text` without white space (space, tab, CR, LF, VT, FF) at its ends.
[[nodiscard]] std::string_view trimmed(std::string_view text) noexcept;

/// A decimal number, white space around it allowed, nothing else beside it. "inf" and "nan" are
/// numbers here; what overflows a double is none.
[[nodiscard]] std::optional<double> parse_number(std::string_view text) noexcept;

/// Offset of the first byte that is NUL or does not belong to well-formed UTF-8 (Unicode 15,
/// table 3-7: no overlong forms, no surrogates).
[[nodiscard]] std::optional<std::size_t> find_bad_byte(std::string_view text) noexcept;

/// First byte of a UTF-8 character; bytes that continue one are not.
[[nodiscard]] constexpr bool starts_character(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) != 0x80U;
}

/// Letter, digit or part of a non-ASCII character.
[[nodiscard]] constexpr bool is_word_byte(char byte) noexcept {
  return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') ||
         (byte >= '0' && byte <= '9') || static_cast<unsigned char>(byte) >= 0x80U;
}

/// ASCII capitals made small; every other byte as it is, so UTF-8 stays intact.
[[nodiscard]] constexpr char lower(char byte) noexcept {
  return byte >= 'A' && byte <= 'Z' ? static_cast<char>(byte - 'A' + 'a') : byte;
}

}  // namespace foundation::programs::detail
