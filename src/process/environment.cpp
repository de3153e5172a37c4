#include "process/environment.hpp"

#include <algorithm>
#include <string_view>
#include <unistd.h>

namespace foundation::process {
namespace {

bool matches(std::string_view name, std::string_view pattern) {
  if (!pattern.ends_with('*')) return name == pattern;
  return name.starts_with(pattern.substr(0, pattern.size() - 1));
}

}  // namespace

std::vector<std::string> make_environment(std::span<const std::string> passed,
                                          const std::map<std::string, std::string>& settings) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; entry != nullptr && *entry != nullptr; ++entry) {
    const std::string_view variable{*entry};
    const auto equals = variable.find('=');
    if (equals == std::string_view::npos) continue;
    const std::string_view name = variable.substr(0, equals);
    const bool is_passed =
        std::ranges::any_of(passed, [&](const std::string& it) { return matches(name, it); });
    if (is_passed) variables.emplace(name, variable.substr(equals + 1));
  }
  for (const auto& [name, value] : settings) variables.insert_or_assign(name, value);
  std::vector<std::string> environment;
  environment.reserve(variables.size());
  for (const auto& [name, value] : variables) environment.push_back(name + "=" + value);
  return environment;
}

}  // namespace foundation::process
