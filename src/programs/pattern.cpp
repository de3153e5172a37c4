#include "programs/detail/pattern.hpp"

#include <array>

#include <fmt/format.h>
#include <regex.h>

#include "core/error.hpp"

namespace foundation::programs::detail {
namespace {

[[noreturn]] void reject(const std::string& pattern, std::string_view why, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("'{}' is no regular expression: {}", pattern, why),
                    std::move(hint)};
}

/// Escapes of other dialects would be taken for letters.
void refuse_foreign_escapes(const std::string& pattern) {
  for (std::size_t at = 0; at + 1 < pattern.size(); ++at) {
    if (pattern[at] != '\\') continue;
    ++at;
    if (pattern[at] == 'd' || pattern[at] == 'D')
      reject(pattern, fmt::format("POSIX does not know \\{}", pattern[at]),
             "write [0-9] or [^0-9]");
  }
}

}  // namespace

struct Pattern::Compiled {
  regex_t expression{};
  bool is_valid = false;
};

void Pattern::Free::operator()(Compiled* compiled) const noexcept {
  if (compiled->is_valid) regfree(&compiled->expression);
  delete compiled;
}

Pattern::Pattern(const std::string& pattern) : compiled_{new Compiled} {
  if (pattern.find('\0') != std::string::npos)
    reject("...", "it holds a NUL character", "remove it");
  refuse_foreign_escapes(pattern);
  const int error = regcomp(&compiled_->expression, pattern.c_str(), REG_EXTENDED);
  compiled_->is_valid = error == 0;
  if (error == 0) return;
  std::array<char, 256> why{};
  regerror(error, &compiled_->expression, why.data(), why.size());
  reject(pattern, why.data(), "it is a POSIX extended one: see `man 7 regex`");
}

bool Pattern::matches(std::string_view text) const {
  regmatch_t match{0, static_cast<regoff_t>(text.size())};
  if (regexec(&compiled_->expression, text.data(), 1, &match, REG_STARTEND) != 0) return false;
  return match.rm_so == 0 && static_cast<std::size_t>(match.rm_eo) == text.size();
}

std::optional<std::string> Pattern::last_match(std::string_view text) const {
  while (!text.empty()) {
    const auto before = text.rfind('\n');
    const std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
    if (auto found = last_in_line(text.substr(begin))) return found;
    text = text.substr(0, begin == 0 ? 0 : before);
  }
  return std::nullopt;
}

std::optional<std::string> Pattern::last_in_line(std::string_view line) const {
  std::optional<std::string> found;
  std::size_t from = 0;
  while (from <= line.size()) {
    std::array<regmatch_t, 2> match{};
    match[0] = {static_cast<regoff_t>(from), static_cast<regoff_t>(line.size())};
    const int flags = REG_STARTEND | (from > 0 ? REG_NOTBOL : 0);
    if (regexec(&compiled_->expression, line.data(), match.size(), match.data(), flags) != 0) break;
    const regmatch_t& wanted = match[1].rm_so >= 0 ? match[1] : match[0];
    found = std::string{line.substr(static_cast<std::size_t>(wanted.rm_so),
                                    static_cast<std::size_t>(wanted.rm_eo - wanted.rm_so))};
    const bool is_empty = match[0].rm_eo == match[0].rm_so;
    from = static_cast<std::size_t>(match[0].rm_eo) + (is_empty ? 1 : 0);
  }
  return found;
}

}  // namespace foundation::programs::detail
