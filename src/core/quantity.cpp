#include "core/quantity.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace foundation::core {
namespace {

__extension__ using Wide = unsigned __int128;

constexpr std::uint64_t kilo = 1000;
constexpr std::uint64_t kibi = 1024;

struct Unit {
  std::string_view name;
  std::uint64_t factor;
};

// Longest first where one name begins another; otherwise from large to small.
constexpr std::array<Unit, 7> time_units{{{"d", 86'400'000'000'000},
                                          {"h", 3'600'000'000'000},
                                          {"m", 60'000'000'000},
                                          {"s", 1'000'000'000},
                                          {"ms", 1'000'000},
                                          {"us", 1'000},
                                          {"ns", 1}}};

constexpr std::array<Unit, 18> size_units{{{"", 1},
                                           {"B", 1},
                                           {"K", kibi},
                                           {"KiB", kibi},
                                           {"KB", kilo},
                                           {"kB", kilo},
                                           {"k", kibi},
                                           {"M", kibi* kibi},
                                           {"MiB", kibi* kibi},
                                           {"MB", kilo* kilo},
                                           {"G", kibi* kibi* kibi},
                                           {"GiB", kibi* kibi* kibi},
                                           {"GB", kilo* kilo* kilo},
                                           {"T", kibi* kibi* kibi* kibi},
                                           {"TiB", kibi* kibi* kibi* kibi},
                                           {"TB", kilo* kilo* kilo* kilo},
                                           {"PiB", kibi* kibi* kibi* kibi* kibi},
                                           {"PB", kilo* kilo* kilo* kilo* kilo}}};

constexpr std::array<Unit, 6> count_units{{{"", 1},
                                           {"k", kilo},
                                           {"K", kilo},
                                           {"M", kilo* kilo},
                                           {"G", kilo* kilo* kilo},
                                           {"T", kilo* kilo* kilo* kilo}}};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

/// A non-negative decimal number: mantissa / divisor. Exact, unlike a double.
struct Decimal {
  std::uint64_t mantissa = 0;
  std::uint64_t divisor = 1;
};

/// Takes digits off the front of `text`, `_` allowed between two of them; at most 18 digits.
bool take_digits(std::string_view& text, Decimal& number, bool fraction) {
  if (text.empty() || !is_digit(text.front())) return false;
  while (!text.empty()) {
    if (text.front() == '_' && text.size() > 1 && is_digit(text[1])) text.remove_prefix(1);
    if (!is_digit(text.front())) break;
    if (number.mantissa >= 100'000'000'000'000'000U) return false;
    number.mantissa = number.mantissa * 10 + static_cast<std::uint64_t>(text.front() - '0');
    if (fraction) number.divisor *= 10;
    text.remove_prefix(1);
  }
  return true;
}

/// Takes `12` or `12.5` off the front of `text`.
std::optional<Decimal> take_decimal(std::string_view& text) {
  Decimal number;
  if (!take_digits(text, number, false)) return std::nullopt;
  if (!text.empty() && text.front() == '.') {
    text.remove_prefix(1);
    if (!take_digits(text, number, true)) return std::nullopt;
    if (number.divisor > 1'000'000'000'000U) return std::nullopt;
  }
  return number;
}

const Unit* find_unit(std::span<const Unit> units, std::string_view name) {
  const auto found = std::ranges::find(units, name, &Unit::name);
  return found == units.end() ? nullptr : &*found;
}

/// number * factor, rounded down; nothing beyond `limit`.
std::optional<std::uint64_t> scaled(const Decimal& number, std::uint64_t factor,
                                    std::uint64_t limit) {
  const Wide value = static_cast<Wide>(number.mantissa) * factor / number.divisor;
  if (value > limit) return std::nullopt;
  return static_cast<std::uint64_t>(value);
}

bool is_whole(const Decimal& number, std::uint64_t factor) {
  return static_cast<Wide>(number.mantissa) * factor % number.divisor == 0;
}

constexpr auto longest_ns = static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max());

/// `1h30m`, `12.5s`: units in falling order, each at most once.
std::optional<Duration> parse_units(std::string_view text) {
  std::uint64_t total = 0;
  std::uint64_t last_factor = std::numeric_limits<std::uint64_t>::max();
  while (!text.empty()) {
    const std::optional<Decimal> number = take_decimal(text);
    if (!number) return std::nullopt;
    const auto name_end = std::ranges::find_if(text, is_digit);
    const auto name_size = static_cast<std::size_t>(name_end - text.begin());
    const Unit* unit = find_unit(time_units, text.substr(0, name_size));
    if (unit == nullptr || unit->factor >= last_factor) return std::nullopt;
    const auto part = scaled(*number, unit->factor, longest_ns - total);
    if (!part) return std::nullopt;
    total += *part;
    last_factor = unit->factor;
    text.remove_prefix(name_size);
  }
  return Duration{static_cast<std::int64_t>(total)};
}

/// `1-02:00:00`, `1-02`, `HH:MM:SS`, `MM:SS`, as Slurm writes time limits. All fields but the
/// first stay below the next larger unit.
std::optional<Duration> parse_clock(std::string_view text) {
  static constexpr std::array<std::uint64_t, 4> seconds{86'400, 3'600, 60, 1};
  static constexpr std::array<std::uint64_t, 4> field_limit{0, 24, 60, 60};
  const bool days = text.find('-') != std::string_view::npos;
  const auto colons = static_cast<std::size_t>(std::ranges::count(text, ':'));
  if (colons > 2) return std::nullopt;
  const std::size_t first = days ? 0 : 3 - colons;
  const std::size_t last = days ? 1 + colons : 3;
  std::uint64_t total = 0;
  for (std::size_t field = first; field <= last; ++field) {
    Decimal number;
    if (!take_digits(text, number, false)) return std::nullopt;
    if (field != first && number.mantissa >= field_limit[field]) return std::nullopt;
    const auto part = scaled(number, seconds[field] * 1'000'000'000U, longest_ns - total);
    if (!part) return std::nullopt;
    total += *part;
    const char separator = field == 0 ? '-' : ':';
    if (field == last) break;
    if (text.empty() || text.front() != separator) return std::nullopt;
    text.remove_prefix(1);
  }
  if (!text.empty()) return std::nullopt;
  return Duration{static_cast<std::int64_t>(total)};
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text) {
  if (text.empty()) return std::nullopt;
  const bool clock = text.find_first_of(":-") != std::string_view::npos;
  return clock ? parse_clock(text) : parse_units(text);
}

std::optional<std::uint64_t> parse_size(std::string_view text) {
  const std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::nullopt;
  if (text.size() > 1 && text.front() == ' ') text.remove_prefix(1);
  const Unit* unit = find_unit(size_units, text);
  if (unit == nullptr || (unit->factor == 1 && number->divisor != 1)) return std::nullopt;
  return scaled(*number, unit->factor, std::numeric_limits<std::uint64_t>::max());
}

std::optional<std::uint64_t> parse_count(std::string_view text) {
  const std::optional<Decimal> number = take_decimal(text);
  if (!number) return std::nullopt;
  const Unit* unit = find_unit(count_units, text);
  if (unit == nullptr || !is_whole(*number, unit->factor)) return std::nullopt;
  return scaled(*number, unit->factor, std::numeric_limits<std::uint64_t>::max());
}

}  // namespace foundation::core
