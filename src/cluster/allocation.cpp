#include "cluster/allocation.hpp"

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <ctime>
#include <limits>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::cluster {
namespace {

constexpr core::WallLabel ns_per_second = 1'000'000'000;

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view blanks = " \t\r\n";
  const auto first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

core::Error bad_end_time(std::string_view text, std::string_view why) {
  return core::Error{core::ErrorKind::usage, fmt::format("the end time '{}' {}", text, why),
                     "write it like 55m, 17:30 or 2026-03-09T17:30"};
}

/// Takes `digits` digits off the front of `text`.
std::optional<int> take_number(std::string_view& text, std::size_t digits) {
  int number = 0;
  if (text.size() < digits) return std::nullopt;
  const char* wanted_end = text.data() + digits;
  const auto [end, error] = std::from_chars(text.data(), wanted_end, number);
  if (error != std::errc{} || end != wanted_end || number < 0) return std::nullopt;
  text.remove_prefix(digits);
  return number;
}

bool take(std::string_view& text, char letter) {
  if (text.empty() || text.front() != letter) return false;
  text.remove_prefix(1);
  return true;
}

/// Takes `17:30` or `17:30:05` off the front of `text`.
bool take_clock(std::string_view& text, std::tm& moment) {
  const auto hour = take_number(text, 2);
  if (!hour || *hour > 23 || !take(text, ':')) return false;
  const auto minute = take_number(text, 2);
  if (!minute || *minute > 59) return false;
  std::optional<int> second = 0;
  if (take(text, ':')) second = take_number(text, 2);
  if (!second || *second > 59) return false;
  moment.tm_hour = *hour;
  moment.tm_min = *minute;
  moment.tm_sec = *second;
  return true;
}

/// Takes `2026-03-09` off the front of `text`.
bool take_date(std::string_view& text, std::tm& moment) {
  const auto year = take_number(text, 4);
  if (!year || !take(text, '-')) return false;
  const auto month = take_number(text, 2);
  if (!month || *month < 1 || *month > 12 || !take(text, '-')) return false;
  const auto day = take_number(text, 2);
  if (!day || *day < 1 || *day > 31) return false;
  moment.tm_year = *year - 1900;
  moment.tm_mon = *month - 1;
  moment.tm_mday = *day;
  return true;
}

/// The moment, unless the calendar has no such day (the library would take the next one).
std::optional<core::WallLabel> moment_of(std::tm moment, bool utc) {
  const int day = moment.tm_mday;
  moment.tm_isdst = -1;
  const std::time_t seconds = utc ? timegm(&moment) : std::mktime(&moment);
  if (moment.tm_mday != day) return std::nullopt;
  return core::WallLabel{seconds} * ns_per_second;
}

/// `2026-03-09T17:30`, ...; nothing if it is not written like that.
std::optional<core::WallLabel> parse_date_and_clock(std::string_view text) {
  std::tm moment{};
  if (!take_date(text, moment)) return std::nullopt;
  if (!take(text, 'T') && !take(text, ' ')) return std::nullopt;
  if (!take_clock(text, moment)) return std::nullopt;
  const bool utc = take(text, 'Z');
  return text.empty() ? moment_of(moment, utc) : std::nullopt;
}

/// `17:30`: today, or tomorrow if that has passed.
std::optional<core::WallLabel> parse_clock(std::string_view text, core::WallLabel now) {
  const std::time_t seconds = now / ns_per_second;
  std::tm moment{};
  if (localtime_r(&seconds, &moment) == nullptr || !take_clock(text, moment) || !text.empty())
    return std::nullopt;
  moment.tm_isdst = -1;
  core::WallLabel at = core::WallLabel{std::mktime(&moment)} * ns_per_second;
  if (at > now) return at;
  ++moment.tm_mday;
  moment.tm_isdst = -1;
  at = core::WallLabel{std::mktime(&moment)} * ns_per_second;
  return at;
}

/// `in 55m`, `55m`; `1:30` needs the `in`, or it might have been meant as a time of day.
std::optional<core::Duration> parse_span(std::string_view text) {
  if (text.starts_with("in ")) return core::parse_duration(trimmed(text.substr(3)));
  const bool like_a_clock = text.find(':') != std::string_view::npos;
  const bool has_days = text.find('-') != std::string_view::npos;
  return like_a_clock && !has_days ? std::nullopt : core::parse_duration(text);
}

}  // namespace

std::optional<core::WallLabel> parse_epoch_seconds(std::string_view text) {
  text = trimmed(text);
  core::WallLabel seconds = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  constexpr core::WallLabel largest = std::numeric_limits<core::WallLabel>::max() / ns_per_second;
  if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
  if (seconds <= 0 || seconds > largest) return std::nullopt;
  return seconds * ns_per_second;
}

std::optional<core::Duration> parse_time_left(std::string_view text) {
  text = trimmed(text);
  if (text.find(':') == std::string_view::npos) return std::nullopt;
  return core::parse_duration(text);
}

core::WallLabel parse_end_time(std::string_view text, core::WallLabel now) {
  const std::string_view wanted = trimmed(text);
  std::optional<core::WallLabel> at = parse_date_and_clock(wanted);
  if (!at) at = parse_clock(wanted, now);
  if (!at) {
    const auto span = parse_span(wanted);
    if (!span) throw bad_end_time(text, "is no time, date or duration");
    at = now + std::min(span->count(), std::numeric_limits<core::WallLabel>::max() - now);
  }
  if (*at <= now) throw bad_end_time(text, "has passed");
  return *at;
}

std::optional<BatchJob> read_batch_job() {
  const char* id = std::getenv("SLURM_JOB_ID");
  if (id == nullptr || *id == '\0') return std::nullopt;
  BatchJob job{.id = id, .ends_at = {}};
  if (const char* end = std::getenv("SLURM_JOB_END_TIME")) job.ends_at = parse_epoch_seconds(end);
  return job;
}

}  // namespace foundation::cluster
