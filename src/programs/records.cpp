#include "programs/records.hpp"

#include <algorithm>
#include <limits>

#include <fmt/format.h>

#include "core/log.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs {
namespace {

constexpr std::uint64_t most_logged = 5;
constexpr std::size_t longest_excerpt = 160;

std::uint32_t capped(std::size_t count) {
  return static_cast<std::uint32_t>(
      std::min<std::size_t>(count, std::numeric_limits<std::uint32_t>::max()));
}

/// The line as it can be shown: nothing when it is too long or not text; tabs one column wide.
std::string excerpt(std::string_view line) {
  if (line.size() > longest_excerpt || detail::find_bad_byte(line)) return {};
  std::string shown{line};
  for (char& byte : shown) {
    if (static_cast<unsigned char>(byte) < 0x20U || byte == 0x7F) byte = ' ';
  }
  return shown;
}

}  // namespace

core::Place SourceText::place(std::size_t offset) const {
  offset = std::min(offset, text.size());
  const std::string_view before = text.substr(0, offset);
  const std::size_t newline = before.rfind('\n');
  const std::size_t line_begin = newline == std::string_view::npos ? 0 : newline + 1;
  std::string_view line = text.substr(line_begin, text.find('\n', offset) - line_begin);
  if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
  const auto column = std::ranges::count_if(before.substr(line_begin), detail::starts_character);
  return {.file = name,
          .line = capped(static_cast<std::size_t>(std::ranges::count(before, '\n')) + 1),
          .column = capped(static_cast<std::size_t>(column) + 1),
          .text = excerpt(line)};
}

void BadLines::report(std::size_t offset, std::string message, std::string hint) {
  ++count_;
  const bool stops = policy_ == Policy::stop;
  if (!stops && count_ > most_logged) return;
  const core::Place place = source_.place(offset);
  if (stops) {
    throw core::Error{core::ErrorKind::bad_input, place, std::move(message), std::move(hint)};
  }
  core::log(core::LogLevel::warning,
            fmt::format("skipped {}:{}:{}: {}", place.file, place.line, place.column, message));
  if (count_ == most_logged) {
    core::log(core::LogLevel::warning, "further bad lines are counted, not logged");
  }
  if (!first_) {
    first_.emplace(core::ErrorKind::bad_input, place, std::move(message), std::move(hint));
  }
}

}  // namespace foundation::programs
