#include "job/detail/key.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job {
namespace detail {

std::string path_of(const KeyInfo& info) {
  return std::string{info.section} + "." + std::string{info.key};
}

const Key* find_key(std::string_view path) noexcept {
  const auto dot = path.rfind('.');
  if (dot == std::string_view::npos) return nullptr;
  for (const Key& key : all_keys()) {
    if (key.info.section == path.substr(0, dot) && key.info.key == path.substr(dot + 1)) {
      return &key;
    }
  }
  return nullptr;
}

bool is_section(std::string_view path) noexcept {
  return std::ranges::any_of(all_keys(), [&](const Key& key) { return key.info.section == path; });
}

namespace {

std::vector<std::string_view> words_of(std::string_view values) {
  std::vector<std::string_view> words;
  while (!values.empty()) {
    const std::size_t end = std::min(values.find(' '), values.size());
    words.push_back(values.substr(0, end));
    values.remove_prefix(std::min(end + 1, values.size()));
  }
  return words;
}

bool fits(const Job& job, const KeyScope& scope) {
  const Key* key = find_key(scope.key);
  ASSERT(key != nullptr);
  if (!applies(job, key->info)) return false;
  const std::string value = key->show(job);
  const bool is_list = key->info.type == list_of_names;
  return std::ranges::any_of(words_of(scope.values), [&](std::string_view word) {
    const std::string text = toml_text(word);
    return is_list ? value.find(text) != std::string::npos : value == text;
  });
}

/// "`halving`, `paired` or `friedman`".
std::string listed(std::string_view values) {
  const auto words = words_of(values);
  std::string text;
  for (std::size_t i = 0; i < words.size(); ++i) {
    if (i > 0) text += i + 1 < words.size() ? ", " : " or ";
    text += fmt::format("`{}`", words[i]);
  }
  return text;
}

}  // namespace

bool applies(const Job& job, const KeyInfo& info) {
  const auto& scopes = info.only_with;
  if (scopes.front().key.empty()) return true;
  return std::ranges::any_of(
      scopes, [&](const KeyScope& scope) { return !scope.key.empty() && fits(job, scope); });
}

std::string shown(const Job& job, const Key& key) {
  return applies(job, key.info) ? key.show(job) : std::string{};
}

}  // namespace detail

std::string help_of(const KeyInfo& info) {
  std::string text;
  for (const KeyScope& scope : info.only_with) {
    if (scope.key.empty()) continue;
    const std::string_view place = scope.key.substr(0, scope.key.find('.'));
    const bool is_near = info.section.starts_with(place);
    text += fmt::format("{}{} {}", text.empty() ? "" : " or ",
                        is_near ? scope.key.substr(scope.key.rfind('.') + 1) : place,
                        detail::listed(scope.values));
  }
  if (text.empty()) return std::string{info.help};
  text.front() = static_cast<char>(text.front() - 'a' + 'A');
  return fmt::format("{} only: {}", text, info.help);
}

std::span<const KeyInfo> known_keys() noexcept {
  static const std::vector<KeyInfo> infos = [] {
    std::vector<KeyInfo> list;
    for (const detail::Key& key : detail::all_keys()) list.push_back(key.info);
    return list;
  }();
  return infos;
}

}  // namespace foundation::job
