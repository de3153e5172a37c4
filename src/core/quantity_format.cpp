#include <array>

#include <fmt/format.h>

#include "core/quantity.hpp"

namespace foundation::core {
namespace {

constexpr std::uint64_t day_s = 86'400;
constexpr std::uint64_t hour_s = 3'600;
constexpr std::uint64_t minute_s = 60;

/// value / unit with at most two decimals, cut off (a span is never shown as longer than it was).
std::string with_decimals(std::uint64_t value, std::uint64_t unit, std::string_view name) {
  const std::uint64_t whole = value / unit;
  const std::uint64_t hundredths = unit >= 100 ? value % unit / (unit / 100) : 0;
  if (hundredths == 0) return fmt::format("{}{}", whole, name);
  if (hundredths % 10 == 0) return fmt::format("{}.{}{}", whole, hundredths / 10, name);
  return fmt::format("{}.{:02}{}", whole, hundredths, name);
}

std::string two_units(std::uint64_t value, std::uint64_t unit, std::string_view name,
                      std::uint64_t small_unit, std::string_view small_name) {
  const std::uint64_t rest = value % unit / small_unit;
  std::string text = fmt::format("{}{}", value / unit, name);
  if (rest != 0) text += fmt::format("{}{}", rest, small_name);
  return text;
}

std::string format_magnitude(std::uint64_t ns) {
  const std::uint64_t s = ns / 1'000'000'000;
  if (s >= day_s) return two_units(s, day_s, "d", hour_s, "h");
  if (s >= hour_s) return two_units(s, hour_s, "h", minute_s, "m");
  if (s >= minute_s) return two_units(s, minute_s, "m", 1, "s");
  if (s >= 1) return with_decimals(ns, 1'000'000'000, "s");
  if (ns >= 1'000'000) return with_decimals(ns, 1'000'000, "ms");
  if (ns >= 1'000) return with_decimals(ns, 1'000, "us");
  return ns == 0 ? "0s" : fmt::format("{}ns", ns);
}

std::uint64_t magnitude(Duration span) {
  const auto ns = static_cast<std::uint64_t>(span.count());
  return span.count() < 0 ? 0 - ns : ns;
}

}  // namespace

std::string format_duration(Duration span) {
  return (span.count() < 0 ? "-" : "") + format_magnitude(magnitude(span));
}

std::string format_clock(Duration span) {
  const std::uint64_t s = magnitude(span) / 1'000'000'000;
  return fmt::format("{}{:02}:{:02}:{:02}", span.count() < 0 ? "-" : "", s / hour_s,
                     s % hour_s / minute_s, s % minute_s);
}

std::string format_size(std::uint64_t bytes) {
  static constexpr std::array<std::string_view, 7> units{"B",   "KiB", "MiB", "GiB",
                                                         "TiB", "PiB", "EiB"};
  if (bytes < 1024) return fmt::format("{} B", bytes);
  std::size_t unit = 0;
  auto value = static_cast<double>(bytes);
  while (value >= 1023.95 && unit + 1 < units.size()) {  // what would print as 1024.0
    value /= 1024;
    ++unit;
  }
  return fmt::format("{:.1f} {}", value, units[unit]);
}

}  // namespace foundation::core
