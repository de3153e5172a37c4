#include "report/terminal_text.hpp"

#include <cstdint>

#include <fmt/format.h>

#include "storage/column.hpp"

namespace foundation::report {
namespace {

struct Character {
  std::uint32_t code = 0;
  std::size_t length = 1;
};

/// First character of valid UTF-8.
Character first_character(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  std::uint32_t code = lead & (0xFFU >> (length + 1));
  for (std::size_t i = 1; i < length; ++i)
    code = (code << 6U) | (static_cast<unsigned char>(text[i]) & 0x3FU);
  return {code, length};
}

bool is_harmful(std::uint32_t code) {
  const auto within = [code](std::uint32_t low, std::uint32_t high) {
    return code >= low && code <= high;
  };
  return code < 0x20 || within(0x7F, 0x9F) ||                 // C0, DEL, C1
         code == 0x061C || within(0x200B, 0x200F) ||          // marks of direction, zero width
         within(0x2028, 0x202E) || within(0x2066, 0x2069) ||  // separators, embeddings, isolates
         code == 0xFEFF;
}

std::string escape(std::uint32_t code) {
  if (code == '\n') return "\\n";
  if (code == '\t') return "\\t";
  return code < 0x100 ? fmt::format("\\x{:02x}", code) : fmt::format("\\u{:04x}", code);
}

}  // namespace

std::string visible(std::string_view text) { return visible(text, text.size() + 1); }

std::string visible(std::string_view text, std::size_t limit) {
  const std::string valid = storage::stored_text(text);
  std::string_view rest = valid;
  std::string result;
  std::size_t shown = 0;
  while (!rest.empty()) {
    if (shown + 1 >= limit && first_character(rest).length < rest.size()) return result + "…";
    const Character character = first_character(rest);
    result += is_harmful(character.code) ? escape(character.code)
                                         : std::string{rest.substr(0, character.length)};
    rest.remove_prefix(character.length);
    ++shown;
  }
  return result;
}

}  // namespace foundation::report
