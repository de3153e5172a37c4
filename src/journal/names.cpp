#include "journal/names.hpp"

#include <fmt/format.h>

namespace foundation::journal {
namespace {

constexpr std::size_t digits = 6;

/// Takes six digits off the front of `text`; nothing if they are not there or mean 0.
std::optional<std::uint32_t> take_number(std::string_view& text) {
  if (text.size() < digits) return std::nullopt;
  std::uint32_t number = 0;
  for (const char digit : text.substr(0, digits)) {
    if (digit < '0' || digit > '9') return std::nullopt;
    number = number * 10 + static_cast<std::uint32_t>(digit - '0');
  }
  text.remove_prefix(digits);
  return number == 0 ? std::nullopt : std::optional{number};
}

bool take_word(std::string_view& text, std::string_view word) {
  if (!text.starts_with(word)) return false;
  text.remove_prefix(word.size());
  return true;
}

/// The number in "<before><number><after>".
std::optional<std::uint32_t> framed_number(std::string_view text, std::string_view before,
                                           std::string_view after) {
  if (!take_word(text, before)) return std::nullopt;
  const auto number = take_number(text);
  return text == after ? number : std::nullopt;
}

}  // namespace

std::string segment_file(SegmentName name) {
  return fmt::format("journal/E{:06}-S{:06}.log", name.epoch, name.segment);
}

std::string claim_file(Epoch epoch) { return fmt::format("epoch/{:06}.claim", epoch); }

std::string watermark_file(Epoch epoch) { return fmt::format("journal/watermark.{:06}", epoch); }

std::optional<SegmentName> parse_segment_name(std::string_view leaf) {
  if (!take_word(leaf, "E")) return std::nullopt;
  const auto epoch = take_number(leaf);
  const auto segment = framed_number(leaf, "-S", ".log");
  if (!epoch || !segment) return std::nullopt;
  return SegmentName{*epoch, *segment};
}

std::optional<Epoch> parse_claim_name(std::string_view leaf) {
  return framed_number(leaf, "", ".claim");
}

std::optional<Epoch> parse_watermark_name(std::string_view leaf) {
  return framed_number(leaf, "watermark.", "");
}

}  // namespace foundation::journal
