#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

/// Text from outside (names, parameters, answers, reasons), made fit to be shown or stored.
namespace foundation::core {

/// Length of the well-formed UTF-8 sequence at the front of a text that is not empty (Unicode 15,
/// table 3-7); 0 if there is none or if it is NUL.
[[nodiscard]] std::size_t utf8_length(std::string_view text) noexcept;

/// The code of a well-formed sequence.
[[nodiscard]] std::uint32_t code_of(std::string_view sequence) noexcept;

/// Whether a terminal or a reader obeys the character instead of showing it: control characters
/// of all kinds, line breaks, marks that turn the direction of writing or have no width.
[[nodiscard]] bool is_obeyed(std::uint32_t code) noexcept;

/// Valid UTF-8 without NUL; each byte that is neither becomes U+FFFD.
[[nodiscard]] std::string valid_utf8(std::string_view text);

/// Safe for one line of a terminal: what `is_obeyed` becomes a visible escape such as `\x1b`,
/// broken UTF-8 becomes U+FFFD.
[[nodiscard]] std::string visible(std::string_view text);

/// `visible`, cut to at most `limit` characters with an ellipsis at the end.
[[nodiscard]] std::string visible(std::string_view text, std::size_t limit);

}  // namespace foundation::core
