#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "job/detail/key.hpp"
#include "job/detail/toml_text.hpp"

/// Values of keys, read and shown: what tables of keys share.
namespace foundation::job::detail {

inline constexpr bool steers = true;    // changing the key makes it another job
inline constexpr bool carries = false;  // may change when a run is continued
inline constexpr core::Duration shortest{std::chrono::milliseconds{1}};

/// The strategies that have texts written (optimize::reads_texts), for `only_with`.
inline constexpr std::string_view writing_strategies = "copro mipro beacon gepa simba";

/// The key means something only to jobs in which `key` has one of `values`.
[[nodiscard]] constexpr std::array<KeyScope, 2> only_with(std::string_view key,
                                                          std::string_view values) {
  return {{{key, values}, {}}};
}
/// Either of the two will do.
[[nodiscard]] constexpr std::array<KeyScope, 2> only_with(std::string_view key,
                                                          std::string_view values,
                                                          std::string_view other_key,
                                                          std::string_view other_values) {
  return {{{key, values}, {other_key, other_values}}};
}

[[nodiscard]] inline std::size_t index_in(std::span<const std::string_view> names,
                                          std::string_view name) {
  return static_cast<std::size_t>(std::ranges::find(names, name) - names.begin());
}

[[nodiscard]] inline std::uint32_t whole(
    const Reading& value, std::uint64_t low,
    std::uint64_t high = std::numeric_limits<std::uint32_t>::max()) {
  return static_cast<std::uint32_t>(value.whole(low, high));
}

[[nodiscard]] inline std::string path_text(const Reading& value) {
  std::string path = value.text();
  if (path.empty()) value.reject("must not be empty");
  return path;
}

template <class T>
[[nodiscard]] std::string optional_text(const std::optional<T>& value, std::string_view without) {
  return value ? toml_text(*value) : toml_text(without);
}

}  // namespace foundation::job::detail
