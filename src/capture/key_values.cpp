#include "capture/key_values.hpp"

#include <algorithm>

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "core/quantity.hpp"

namespace foundation::capture {
namespace {

using nlohmann::json;

constexpr std::string_view blanks = " \t\n";

core::Error wrong(const std::string& message, const std::string& hint) {
  return {core::ErrorKind::usage, message, hint};
}

std::string trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(blanks);
  if (first == std::string_view::npos) return {};
  return std::string{text.substr(first, text.find_last_not_of(blanks) + 1 - first)};
}

bool is_list_of_texts(const json& value) {
  return value.is_array() && !value.empty() &&
         std::ranges::all_of(value, [](const json& it) { return it.is_string(); });
}

std::string text_of(const json& value, std::string_view key, std::string_view what, Arrays arrays) {
  if (value.is_string()) return trimmed(value.get<std::string>());
  if (arrays == Arrays::allowed && is_list_of_texts(value))
    return list_text(value.get<std::vector<std::string>>());
  if (value.is_boolean() || value.is_number_integer()) return value.dump();
  throw wrong(
      fmt::format("the value of '{}' in the {} is no text, number or truth value", key, what),
      "put it into quotes");
}

std::vector<KeyValue> parse_json(const std::string& text, std::string_view what, Arrays arrays) {
  const json value = json::parse(text, nullptr, false);
  if (!value.is_object())
    throw wrong(fmt::format("the {} is no JSON object", what),
                R"(write it as {"key": "value"} or as key=value)");
  std::vector<KeyValue> all;
  for (const auto& [key, item] : value.items())
    all.push_back({key, text_of(item, key, what, arrays)});
  return all;
}

}  // namespace

std::vector<std::string_view> split(std::string_view text, std::string_view separators) {
  std::vector<std::string_view> parts;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find_first_of(separators), text.size());
    if (end > 0) parts.push_back(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return parts;
}

std::vector<KeyValue> parse_key_values(const std::string& text, std::string_view separators,
                                       std::string_view what, Arrays arrays) {
  const std::string whole = trimmed(text);
  if (whole.starts_with('{') || whole.starts_with('[')) return parse_json(whole, what, arrays);
  std::vector<KeyValue> all;
  for (const std::string_view part : split(whole, separators)) {
    const std::size_t equals = part.find('=');
    const std::string key = trimmed(part.substr(0, equals));
    if (key.empty() && equals == std::string_view::npos) continue;
    if (equals == std::string_view::npos) {
      all.push_back({key, std::nullopt});
    } else {
      all.push_back({key, trimmed(part.substr(equals + 1))});
    }
  }
  return all;
}

std::string list_text(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    if (!list.empty()) list += ',';
    for (const char c : text) {
      if (c == ',' || c == '\\') list += '\\';
      list += c;
    }
  }
  return list;
}

std::vector<std::string> parse_list(std::string_view text) {
  std::vector<std::string> texts(1);
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] == ',') {
      texts.emplace_back();
    } else {
      if (text[i] == '\\' && i + 1 < text.size()) ++i;
      texts.back() += text[i];
    }
  }
  for (std::string& it : texts) it = trimmed(it);
  std::erase_if(texts, [](const std::string& it) { return it.empty(); });
  return texts;
}

core::Error unknown_key(std::string_view key, std::string_view what,
                        std::span<const std::string_view> keys) {
  const auto near = core::nearest(key, keys);
  return wrong(fmt::format("unknown key '{}' in the {}", key, what),
               near ? fmt::format("did you mean '{}'?", *near)
                    : fmt::format("keys are {}", fmt::join(keys, ", ")));
}

}  // namespace foundation::capture
