#include "job/detail/toml_text.hpp"

#include <algorithm>

#include <fmt/format.h>

namespace foundation::job::detail {

std::string toml_text(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    switch (c) {
      case '"': quoted += "\\\""; break;
      case '\\': quoted += "\\\\"; break;
      case '\n': quoted += "\\n"; break;
      case '\t': quoted += "\\t"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          quoted += fmt::format("\\u{:04X}", static_cast<unsigned char>(c));
        } else {
          quoted += c;
        }
    }
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
