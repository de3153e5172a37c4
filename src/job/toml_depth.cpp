#include "job/detail/toml_depth.hpp"

#include <algorithm>

namespace foundation::job::detail {
namespace {

/// Offset behind the string that begins with the quote at `begin`; the end of the text (or of the
/// line) if it does not end: the parser will say so.
std::size_t skip_string(std::string_view text, std::size_t begin) noexcept {
  const char quote = text[begin];
  const auto is_quote = [&](std::size_t at) { return at < text.size() && text[at] == quote; };
  const bool lines = is_quote(begin + 1) && is_quote(begin + 2);
  std::size_t at = begin + (lines ? 3 : 1);
  while (at < text.size()) {
    if (text[at] == '\\' && quote == '"') {
      at += 2;
    } else if (!lines && text[at] == '\n') {
      return at;
    } else if (!is_quote(at)) {
      ++at;
    } else if (!lines) {
      return at + 1;
    } else if (is_quote(at + 1) && is_quote(at + 2)) {
      at += 3;  // up to two more quotes belong to the content
      while (is_quote(at)) ++at;
      return at;
    } else {
      ++at;
    }
  }
  return text.size();
}

}  // namespace

std::optional<std::size_t> find_deep_key(std::string_view text, std::size_t limit) noexcept {
  constexpr std::string_view ends_a_key = "\n=[]{},";
  std::size_t parts = 1;
  std::size_t at = 0;
  while (at < text.size()) {
    const char c = text[at];
    if (c == '"' || c == '\'') {
      at = skip_string(text, at);
      continue;
    }
    if (c == '#') {
      at = std::min(text.find('\n', at), text.size());
      continue;
    }
    if (ends_a_key.find(c) != std::string_view::npos) parts = 1;
    if (c == '.' && ++parts > limit) return at;
    ++at;
  }
  return std::nullopt;
}

}  // namespace foundation::job::detail
