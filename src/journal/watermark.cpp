#include "journal/watermark.hpp"

#include <charconv>
#include <string_view>

#include <fmt/format.h>

#include "journal/crc32c.hpp"
#include "journal/names.hpp"

namespace foundation::journal {

std::string format_watermark(Sequence sequence) {
  const std::string digits = fmt::format("{}", sequence);
  return fmt::format("{} {:08x}\n", digits, crc32c(0, std::as_bytes(std::span{digits})));
}

std::optional<Sequence> parse_watermark(std::span<const std::byte> content) {
  constexpr std::size_t longest = 32;
  if (content.size() > longest) return std::nullopt;
  const std::string_view text{reinterpret_cast<const char*>(content.data()), content.size()};
  Sequence sequence = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), sequence);
  if (error != std::errc{} || text != format_watermark(sequence)) return std::nullopt;
  return sequence;
}

std::map<Epoch, Sequence> read_watermarks(const Disk& disk) {
  std::map<Epoch, Sequence> watermarks;
  for (const std::string& leaf : disk.list("journal")) {
    const auto epoch = parse_watermark_name(leaf);
    if (!epoch) continue;
    const auto content = disk.read(watermark_file(*epoch));
    if (!content) continue;
    if (const auto sequence = parse_watermark(*content)) watermarks.emplace(*epoch, *sequence);
  }
  return watermarks;
}

}  // namespace foundation::journal
