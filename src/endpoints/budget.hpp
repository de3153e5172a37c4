#pragma once

#include <cstdint>
#include <optional>
#include <stop_token>
#include <string>

#include "core/time.hpp"
#include "endpoints/completion.hpp"
#include "endpoints/options.hpp"

namespace foundation::endpoints {

/// What a request takes. Tokens are known afterwards only.
struct Demand {
  Usage expected{};  ///< as it looks: what a rate is charged with until more is known
  Usage most{};      ///< what is set aside of an amount until more is known
};

/// Which amount of the whole run is used up.
enum class Spent : std::uint8_t { nothing, tokens, cost };
/// For people; empty for `nothing`.
[[nodiscard]] std::string describe(Spent spent, const LimitOptions& limits);

/// Whether a request may be sent.
struct Grant {
  enum class Kind : std::uint8_t {
    granted,   ///< now; to be handed to `settle` or `hand_back`
    spent,     ///< never: an amount for the whole run is used up
    given_up,  ///< the caller's patience was over first
  };
  Kind kind = Kind::granted;
  Usage most{};  ///< what is set aside for it
  std::string reason{};
};

/// How long a caller waits for a grant.
struct Patience {
  std::stop_token stop{};
  std::optional<core::Time> until{};
};

/// Limits what the endpoints are asked for. Safe to call from many threads.
class Budget {
 public:
  virtual ~Budget() = default;
  /// Waits until the request may be sent; callers get their turns in the order they ask.
  [[nodiscard]] virtual Grant ask(const Demand& demand, const Patience& patience) = 0;
  /// The granted request has been sent and has ended; `used` is what it may have been charged.
  virtual void settle(const Grant& grant, const Usage& used) = 0;
  /// The granted request will not be sent.
  virtual void hand_back(const Grant& grant) = 0;
};

/// Whether there is anything to keep to.
[[nodiscard]] constexpr bool is_limited(const LimitOptions& limits) noexcept {
  return limits.requests_per_minute > 0 || limits.tokens_per_minute > 0 || limits.tokens > 0 ||
         limits.cost > 0;
}
/// Whether there is an amount for the whole run.
[[nodiscard]] constexpr bool has_amounts(const LimitOptions& limits) noexcept {
  return limits.tokens > 0 || limits.cost > 0;
}
/// Whether tokens have a price at all.
[[nodiscard]] constexpr bool has_prices(const LimitOptions& limits) noexcept {
  return limits.input_price > 0 || limits.output_price > 0;
}
/// What these tokens cost at the prices of `limits`.
[[nodiscard]] double cost_of(const Usage& usage, const LimitOptions& limits) noexcept;
/// Which amount `all` is more than.
[[nodiscard]] Spent excess_of(const Usage& all, const LimitOptions& limits) noexcept;

}  // namespace foundation::endpoints
