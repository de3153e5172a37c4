#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "core/time.hpp"

namespace foundation::endpoints {

struct Message {
  std::string role{};  ///< system | user | assistant
  std::string content{};
};

/// What is asked of a model: everything that may change its answer, and nothing about who is
/// asked. Texts are well-formed UTF-8.
struct Request {
  std::string model{};
  std::vector<Message> messages{};
  double temperature = 0;
  std::uint32_t seed = 0;
  std::uint32_t max_tokens = 256;  ///< at least 1: servers take 0 for anything
  std::vector<std::string> stop{};
  std::string response_format{};  ///< a JSON object as text; empty: none
  /// Digest of what many requests begin with. Those with the same go to the same endpoint, whose
  /// server has that part of the prompt ready. Not sent.
  std::uint64_t prefix = 0;
};

struct Usage {
  std::uint64_t prompt_tokens = 0;
  std::uint64_t completion_tokens = 0;
  bool operator==(const Usage&) const = default;
};
[[nodiscard]] constexpr Usage operator+(const Usage& a, const Usage& b) noexcept {
  return {a.prompt_tokens + b.prompt_tokens, a.completion_tokens + b.completion_tokens};
}
/// What `a` has more than `b`, which it contains.
[[nodiscard]] constexpr Usage operator-(const Usage& a, const Usage& b) noexcept {
  return {a.prompt_tokens - b.prompt_tokens, a.completion_tokens - b.completion_tokens};
}
[[nodiscard]] constexpr Usage operator*(std::uint64_t count, const Usage& each) noexcept {
  return {count * each.prompt_tokens, count * each.completion_tokens};
}
[[nodiscard]] constexpr std::uint64_t total_of(const Usage& usage) noexcept {
  return usage.prompt_tokens + usage.completion_tokens;
}
/// Neither count of `part` is above that of `whole`.
[[nodiscard]] constexpr bool is_within(const Usage& part, const Usage& whole) noexcept {
  return part.prompt_tokens <= whole.prompt_tokens &&
         part.completion_tokens <= whole.completion_tokens;
}
/// The larger of each count.
[[nodiscard]] constexpr Usage larger_of(const Usage& a, const Usage& b) noexcept {
  return {std::max(a.prompt_tokens, b.prompt_tokens),
          std::max(a.completion_tokens, b.completion_tokens)};
}

struct Completion {
  std::string text{};
  std::string finish_reason{};  ///< "stop"; "length" when the answer was cut at `max_tokens`
  Usage usage{};
  /// Time the endpoint took, waiting for a turn and retries excepted; of an answer from the cache,
  /// when it was given. Nothing: a cache of an earlier version does not know.
  std::optional<core::Duration> duration{};
  bool from_cache = false;
};

/// Why there is no completion, after everything worth trying was tried.
enum class FailureKind : std::uint8_t {
  refused,       ///< the request itself, for example a prompt that is too long
  bad_output,    ///< the server could not express what the model wrote
  timeout,       ///< no answer within the time limit of a request
  rate_limited,  ///< the endpoint kept refusing for its load
  lost,          ///< errors of the server or the network
  blocked,       ///< there is no use in asking anything else: budget spent, endpoints gone
};
[[nodiscard]] std::string_view name_of(FailureKind kind) noexcept;

struct Failure {
  FailureKind kind = FailureKind::lost;
  std::string message{};  ///< for people; without any API key
};

using Reply = std::variant<Completion, Failure>;

}  // namespace foundation::endpoints
