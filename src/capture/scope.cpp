#include "capture/scope.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::capture {
namespace {

namespace event_class = trace::event_class;

constexpr std::array<std::string_view, 4> keys = {"ranks", "classes", "from", "for"};
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

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
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
  } else {
    const auto near = core::nearest(key, keys);
    throw wrong(fmt::format("unknown key '{}' in the scope", key),
                near ? fmt::format("did you mean '{}'?", *near)
                     : fmt::format("keys are {}", fmt::join(keys, ", ")));
  }
}

Scope parse_json(const std::string& text) {
  const auto value = nlohmann::json::parse(text, nullptr, false);
  if (!value.is_object())
    throw wrong("the scope is no JSON object", R"(write it as {"ranks": "0-3", "for": "10s"})");
  Scope scope;
  for (const auto& [key, item] : value.items()) {
    if (!item.is_string())
      throw wrong(fmt::format("the value of '{}' in the scope is no text", key),
                  "put it into quotes");
    set(scope, key, item.get<std::string>());
  }
  return scope;
}

}  // namespace

bool Scope::includes(std::int32_t rank) const {
  return ranks.empty() || std::ranges::any_of(ranks, [rank](const RankRange& it) {
           return rank >= it.first && rank <= it.last;
         });
}

Scope parse_scope(const std::string& text) {
  const std::size_t first = text.find_first_not_of(" \t\n");
  if (first != std::string::npos && std::string_view{"{["}.find(text[first]) != std::string::npos)
    return parse_json(text);
  Scope scope;
  for (const std::string_view part : split(text, " \t;")) {
    const std::size_t equals = part.find('=');
    if (equals == std::string_view::npos)
      throw wrong(fmt::format("'{}' in the scope has no value", part), "write it as ranks=0-3");
    set(scope, part.substr(0, equals), part.substr(equals + 1));
  }
  return scope;
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
