#include "core/terminal_text.hpp"

#include <fmt/format.h>

namespace foundation::core {
namespace {

bool is_continuation(char byte) noexcept {
  return (static_cast<unsigned char>(byte) & 0xC0U) == 0x80U;
}

std::string escape(std::uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  if (code < 0x100) return fmt::format("\\x{:02x}", code);
  return code < 0x10000 ? fmt::format("\\u{:04x}", code) : fmt::format("\\U{:08x}", code);
}

}  // namespace

std::size_t utf8_length(std::string_view text) noexcept {
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

std::uint32_t code_of(std::string_view sequence) noexcept {
  const auto lead = static_cast<unsigned char>(sequence[0]);
  if (lead < 0x80) return lead;
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = (code << 6U) | (static_cast<unsigned char>(sequence[i]) & 0x3FU);
  return code;
}

bool is_obeyed(std::uint32_t code) noexcept {
  const auto within = [code](std::uint32_t low, std::uint32_t high) {
    return code >= low && code <= high;
  };
  return code < 0x20 || within(0x7F, 0x9F) ||                 // C0, DEL, C1
         code == 0x061C || within(0x200B, 0x200F) ||          // marks of direction, zero width
         within(0x2028, 0x202E) || within(0x2066, 0x2069) ||  // separators, embeddings, isolates
         code == 0xFEFF || within(0xE0000, 0xE007F);          // byte order mark, invisible tags
}

std::string valid_utf8(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    result += length != 0 ? text.substr(0, length) : std::string_view{"\xEF\xBF\xBD"};
    text.remove_prefix(length != 0 ? length : 1);
  }
  return result;
}

std::string visible(std::string_view text) { return visible(text, text.size() + 1); }

std::string visible(std::string_view text, std::size_t limit) {
  const std::string valid = valid_utf8(text);
  std::string_view rest = valid;
  std::string result;
  std::size_t shown = 0;
  while (!rest.empty()) {
    const std::string_view sequence = rest.substr(0, utf8_length(rest));
    if (shown + 1 >= limit && sequence.size() < rest.size()) return result + "…";
    const std::uint32_t code = code_of(sequence);
    result += is_obeyed(code) ? escape(code) : std::string{sequence};
    rest.remove_prefix(sequence.size());
    ++shown;
  }
  return result;
}

}  // namespace foundation::core
