#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"
#include "job/detail/node.hpp"
#include "model/value.hpp"

namespace foundation::job::detail {

/// One value of a job file about to be read: gives it as the type asked for, or throws
/// core::Error{bad_input} that names the key, says what is expected and stands at the value.
class Reading {
 public:
  /// `key` and `node` outlive the reading.
  Reading(std::string_view key, const Node& node) : key_{key}, node_{node} {}

  [[nodiscard]] std::string text() const;
  [[nodiscard]] bool flag() const;
  /// A whole number of [low, high]; `1_000`, and "10k" in quotes.
  [[nodiscard]] std::uint64_t whole(
      std::uint64_t low, std::uint64_t high = std::numeric_limits<std::uint32_t>::max()) const;
  /// A finite number.
  [[nodiscard]] double number() const;
  /// A finite number of [low, high].
  [[nodiscard]] double number(double low, double high) const;
  /// A span of time in quotes, at least `least`.
  [[nodiscard]] core::Duration duration(core::Duration least = core::Duration{0}) const;
  /// A number of bytes, at least 1: a whole number, or "4GiB" in quotes.
  [[nodiscard]] std::uint64_t size() const;
  /// One of `choices`; the error suggests the nearest one.
  [[nodiscard]] std::string one_of(std::span<const std::string_view> choices) const;
  /// A string or a list of strings.
  [[nodiscard]] std::vector<std::string> texts() const;
  /// Texts as they are, numbers and booleans as they are written.
  [[nodiscard]] std::vector<std::string> choices() const;
  /// A value of a parameter; a list of whole numbers stands for demonstrations.
  [[nodiscard]] model::Value value() const;
  [[nodiscard]] const Table& table() const;
  [[nodiscard]] const Array& array() const;

  /// The value is the string `word` ("auto", "none", "unlimited").
  [[nodiscard]] bool is_word(std::string_view word) const noexcept;
  [[nodiscard]] const Node& node() const noexcept { return node_; }
  /// Throws: "'<key>' <problem>", at the value.
  [[noreturn]] void reject(std::string_view problem, std::string hint = {}) const;

 private:
  [[noreturn]] void reject_type(std::string_view expected) const;

  std::string_view key_;
  const Node& node_;
};

/// "did you mean 'x'?", or the list of what is allowed.
[[nodiscard]] std::string hint_for(std::string_view word,
                                   std::span<const std::string_view> allowed);

}  // namespace foundation::job::detail
