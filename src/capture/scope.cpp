#include "capture/scope.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "capture/key_values.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::capture {
namespace {

namespace event_class = trace::event_class;

constexpr std::array<std::string_view, 6> keys = {"ranks", "classes",       "from",
                                                  "for",   "communicators", "regions"};
constexpr std::string_view separators = " \t\n;";
constexpr std::array<std::pair<std::string_view, std::uint32_t>, 9> classes = {{
    {"all", event_class::all},
    {"p2p", event_class::point_to_point},
    {"collective", event_class::collective},
    {"communicator", event_class::communicator},
    {"one_sided", event_class::one_sided},
    {"file", event_class::file},
    {"other", event_class::other_mpi},
    {"region", event_class::region},
    {"sample", event_class::sample},
}};

core::Error wrong(const std::string& message, const std::string& hint) {
  return {core::ErrorKind::usage, message, hint};
}

Scope::RankRange parse_range(std::string_view text) {
  Scope::RankRange range;
  const char* const end = text.data() + text.size();
  auto read = std::from_chars(text.data(), end, range.first);
  bool valid = read.ec == std::errc{} && range.first >= 0;
  range.last = range.first;
  if (valid && read.ptr != end && *read.ptr == '-') {
    read = std::from_chars(read.ptr + 1, end, range.last);
    valid = read.ec == std::errc{};
  }
  if (!valid || read.ptr != end || range.last < range.first)
    throw wrong(fmt::format("'{}' is no range of ranks", text), "write them as 0-3,8");
  return range;
}

std::chrono::nanoseconds parse_span(std::string_view key, std::string_view text) {
  const auto span = core::parse_duration(text);
  if (!span || span->count() < 0)
    throw wrong(fmt::format("'{}' is no time for '{}' in the scope", text, key),
                "write it as 10s or 1m30s");
  return *span;
}

std::vector<std::string> parse_names(std::string_view key, std::string_view text) {
  std::vector<std::string> names = parse_list(text);
  if (names.empty())
    throw wrong(fmt::format("the scope names none of the {}", key),
                fmt::format("write their names as {}=one,other", key));
  return names;
}

void set(Scope& scope, std::string_view key, std::string_view value) {
  if (key == "ranks") {
    for (const std::string_view part : split(value, ",")) scope.ranks.push_back(parse_range(part));
    if (scope.ranks.empty()) throw wrong("the scope names no rank", "write them as ranks=0-3,8");
  } else if (key == "classes") {
    scope.classes = parse_classes(value);
  } else if (key == "from") {
    scope.from = parse_span(key, value);
  } else if (key == "for") {
    scope.length = parse_span(key, value);
  } else if (key == "communicators") {
    scope.communicators = parse_names(key, value);
  } else if (key == "regions") {
    scope.regions = parse_names(key, value);
  } else {
    throw unknown_key(key, "scope", keys);
  }
}

std::string list_of_ranks(const std::vector<Scope::RankRange>& ranks) {
  std::vector<std::string> parts;
  for (const auto& [first, last] : ranks)
    parts.push_back(first == last ? fmt::format("{}", first) : fmt::format("{}-{}", first, last));
  return fmt::format("{}", fmt::join(parts, ","));
}

std::string list_of_classes(std::uint32_t bits) {
  std::vector<std::string_view> names;
  for (const auto& [name, bit] : classes)
    if (bit != event_class::all && (bits & bit) != 0) names.push_back(name);
  return fmt::format("{}", fmt::join(names, ","));
}

/// In the largest unit that leaves nothing over: parse_span() gives it back exactly.
std::string exact_span(std::chrono::nanoseconds span) {
  constexpr std::array<std::pair<std::int64_t, const char*>, 3> units = {
      {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}}};
  for (const auto& [unit, name] : units)
    if (span.count() % unit == 0) return fmt::format("{}{}", span.count() / unit, name);
  return fmt::format("{}ns", span.count());
}

}  // namespace

bool Scope::includes(std::int32_t rank) const {
  return ranks.empty() || std::ranges::any_of(ranks, [rank](const RankRange& it) {
           return rank >= it.first && rank <= it.last;
         });
}

Scope parse_scope(const std::string& text) {
  Scope scope;
  for (const KeyValue& it : parse_key_values(text, separators, "scope", Arrays::allowed)) {
    if (!it.value)
      throw wrong(fmt::format("'{}' in the scope has no value", it.key), "write it as ranks=0-3");
    set(scope, it.key, *it.value);
  }
  return scope;
}

std::string scope_text(const Scope& scope) {
  std::vector<std::pair<std::string, std::string>> parts;
  const auto say = [&parts](const char* key, std::string value) {
    parts.emplace_back(key, std::move(value));
  };
  if (!scope.ranks.empty()) say("ranks", list_of_ranks(scope.ranks));
  if (scope.classes != event_class::all) say("classes", list_of_classes(scope.classes));
  if (scope.from.count() > 0) say("from", exact_span(scope.from));
  if (scope.length) say("for", exact_span(*scope.length));
  if (!scope.communicators.empty()) say("communicators", list_text(scope.communicators));
  if (!scope.regions.empty()) say("regions", list_text(scope.regions));
  const bool needs_json = std::ranges::any_of(parts, [](const auto& it) {
    return it.second.find_first_of(separators) != std::string::npos;
  });
  if (needs_json) return nlohmann::json(std::map(parts.begin(), parts.end())).dump();
  std::string text;
  for (const auto& [key, value] : parts)
    text += fmt::format("{}{}={}", text.empty() ? "" : " ", key, value);
  return text;
}

std::uint32_t parse_classes(std::string_view names) {
  std::uint32_t bits = 0;
  for (const std::string_view name : split(names, ",")) {
    const auto* const found =
        std::ranges::find(classes, name, [](const auto& it) { return it.first; });
    if (found == classes.end()) {
      std::vector<std::string_view> known;
      for (const auto& it : classes) known.push_back(it.first);
      const auto near = core::nearest(name, known);
      throw wrong(fmt::format("'{}' is no class of events", name),
                  near ? fmt::format("did you mean '{}'?", *near)
                       : fmt::format("classes are {}", fmt::join(known, ", ")));
    }
    bits |= found->second;
  }
  if (bits == 0) throw wrong("no class of events is named", "for all of them write 'all'");
  return bits;
}

}  // namespace foundation::capture
