#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "model/value.hpp"

/// Values as TOML writes them, so that reading the text gives the same value again.
namespace foundation::job::detail {

[[nodiscard]] std::string toml_text(std::string_view text);
[[nodiscard]] inline std::string toml_text(const std::string& text) {
  return toml_text(std::string_view{text});
}
[[nodiscard]] std::string toml_text(const std::vector<std::string>& texts);
[[nodiscard]] std::string toml_text(double number);
[[nodiscard]] std::string toml_text(core::Duration span);
[[nodiscard]] std::string toml_text(const model::Value& value);
[[nodiscard]] inline std::string toml_text(std::same_as<bool> auto flag) {
  return flag ? "true" : "false";
}
[[nodiscard]] inline std::string toml_text(std::same_as<std::uint32_t> auto number) {
  return std::to_string(number);
}
[[nodiscard]] inline std::string toml_text(std::same_as<std::uint64_t> auto number) {
  return std::to_string(number);
}

/// `name` as a key: bare where TOML allows it.
[[nodiscard]] std::string toml_name(std::string_view name);

}  // namespace foundation::job::detail
