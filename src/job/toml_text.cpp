#include "job/detail/toml_text.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/terminal_text.hpp"

namespace foundation::job::detail {
namespace {

/// One character within a basic string; what a terminal would obey is never written raw.
std::string escaped(std::string_view sequence) {
  const std::uint32_t code = core::code_of(sequence);
  switch (code) {
    case '"': return "\\\"";
    case '\\': return "\\\\";
    case '\n': return "\\n";
    case '\t': return "\\t";
    default: break;
  }
  if (!core::is_obeyed(code)) return std::string{sequence};
  return code < 0x10000 ? fmt::format("\\u{:04X}", code) : fmt::format("\\U{:08X}", code);
}

}  // namespace

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  while (!text.empty()) {
    const std::size_t length = core::utf8_length(text);
    const std::string_view sequence = text.substr(0, length != 0 ? length : 1);
    quoted += length != 0 || text[0] == '\0' ? escaped(sequence) : std::string{sequence};
    text.remove_prefix(sequence.size());
  }
  return quoted + '"';
}

std::string toml_text(const std::vector<std::string>& texts) {
  std::string list;
  for (const std::string& text : texts) {
    list += list.empty() ? "[" : ", ";
    list += toml_text(text);
  }
  return list.empty() ? "[]" : list + "]";
}

std::string toml_text(double number) {
  std::string text = fmt::format("{}", number);
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

std::string toml_text(core::Duration span) {
  struct Unit {
    std::int64_t ns;
    std::string_view name;
  };
  static constexpr Unit units[] = {{1'000'000'000, "s"}, {1'000'000, "ms"}, {1'000, "us"}};
  for (const Unit& unit : units) {
    if (span.count() % unit.ns == 0) {
      return fmt::format("\"{}{}\"", span.count() / unit.ns, unit.name);
    }
  }
  return fmt::format("\"{}ns\"", span.count());
}

std::string toml_text(const model::Value& value) {
  struct Writer {
    std::string operator()(double number) const { return toml_text(number); }
    std::string operator()(std::int64_t number) const { return std::to_string(number); }
    std::string operator()(bool flag) const { return toml_text(flag); }
    std::string operator()(const std::string& text) const { return toml_text(text); }
    std::string operator()(const model::Demonstrations& shown) const {
      std::string list;
      for (const std::uint32_t position : shown.positions) {
        list += (list.empty() ? "[" : ", ") + std::to_string(position);
      }
      return list.empty() ? "[]" : list + "]";
    }
  };
  return std::visit(Writer{}, value);
}

std::string toml_name(std::string_view name) {
  const auto is_bare = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
  };
  const bool bare = !name.empty() && std::ranges::all_of(name, is_bare);
  return bare ? std::string{name} : toml_text(name);
}

}  // namespace foundation::job::detail
