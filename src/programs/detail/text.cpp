#include "programs/detail/text.hpp"

#include <charconv>
#include <cstdint>
#include <system_error>

namespace foundation::programs::detail {
namespace {

constexpr std::string_view white_space = " \t\r\n\v\f";

/// What a first byte demands: how many bytes follow, and the range of the first of them.
struct Sequence {
  std::size_t following = 0;
  unsigned char low = 0x80;
  unsigned char high = 0xBF;
  bool valid = true;
};

constexpr Sequence sequence_of(unsigned char first) noexcept {
  if (first == 0) return {.valid = false};
  if (first < 0x80) return {};
  if (first < 0xC2) return {.valid = false};
  if (first < 0xE0) return {.following = 1};
  if (first == 0xE0) return {.following = 2, .low = 0xA0};
  if (first == 0xED) return {.following = 2, .high = 0x9F};
  if (first < 0xF0) return {.following = 2};
  if (first == 0xF0) return {.following = 3, .low = 0x90};
  if (first < 0xF4) return {.following = 3};
  if (first == 0xF4) return {.following = 3, .high = 0x8F};
  return {.valid = false};
}

bool follows(std::string_view text, std::size_t first, const Sequence& sequence) noexcept {
  for (std::size_t i = 1; i <= sequence.following; ++i) {
    if (first + i >= text.size()) return false;
    const auto byte = static_cast<unsigned char>(text[first + i]);
    const unsigned char low = i == 1 ? sequence.low : 0x80;
    const unsigned char high = i == 1 ? sequence.high : 0xBF;
    if (byte < low || byte > high) return false;
  }
  return true;
}

}  // namespace

std::string_view trimmed(std::string_view text) noexcept {
  const std::size_t begin = text.find_first_not_of(white_space);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(white_space) - begin + 1);
}

std::optional<double> parse_number(std::string_view text) noexcept {
  text = trimmed(text);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  return number;
}

std::optional<std::size_t> find_bad_byte(std::string_view text) noexcept {
  for (std::size_t i = 0; i < text.size(); ++i) {
    const Sequence sequence = sequence_of(static_cast<unsigned char>(text[i]));
    if (!sequence.valid || !follows(text, i, sequence)) return i;
    i += sequence.following;
  }
  return std::nullopt;
}

}  // namespace foundation::programs::detail
