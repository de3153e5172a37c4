#pragma once

#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "core/time.hpp"
#include "endpoints/completion.hpp"
#include "endpoints/options.hpp"

namespace foundation::endpoints {

/// When a request may be sent.
struct Grant {
  enum class Kind : std::uint8_t {
    granted,  ///< at `start`, which may have come
    later,    ///< perhaps: ask again at `start`, when more is known of what is under way
    spent,    ///< never: an amount for the whole run is used up
  };
  Kind kind = Kind::granted;
  core::Time start{};
  Usage reserved{};  ///< to be handed back to `settle`
  std::string reason{};
};

/// Limits what the endpoints are asked for. A request is granted a moment, and counted with what
/// it is expected to take; afterwards it is settled with what it took.
class Budget {
 public:
  virtual ~Budget() = default;
  /// `prompt_bytes`: size of the request's texts; `max_tokens`: of its answer.
  [[nodiscard]] virtual Grant ask(std::uint64_t prompt_bytes, std::uint32_t max_tokens,
                                  core::Time now) = 0;
  /// The granted request has ended; `used` is nothing when the endpoint charged nothing.
  virtual void settle(const Grant& grant, std::uint64_t prompt_bytes,
                      const std::optional<Usage>& used) = 0;
};

/// The same rate over any span but for a second's worth at once: each grant moves a theoretical
/// arrival time (the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371).
/// Callers get their turns in the order they ask, each its own moment. Not thread-safe.
class Pace {
 public:
  /// 0: no limit.
  explicit Pace(double per_minute) noexcept;
  /// When `amount` may be taken; it is taken.
  [[nodiscard]] core::Time take(double amount, core::Time now) noexcept;
  /// Takes more, or gives back (negative), what was taken already.
  void correct(double amount) noexcept;

 private:
  [[nodiscard]] core::Duration span_of(double amount) const noexcept;

  double per_second_;
  core::Duration burst_;  ///< how far the arrival time may be ahead
  std::optional<core::Time> arrival_;
};

/// The share of one process: every limit of the run divided by the number of its processes. What
/// one leaves unused, no other one gets. Amounts count from the start of the process.
///
/// Tokens are known afterwards only. A request is expected to take as many a byte of prompt as
/// those before it, and as many in the answer; until the first is settled, a third of a token a
/// byte and its whole `max_tokens`. Thread-safe.
class ShareOfBudget final : public Budget {
 public:
  ShareOfBudget(const LimitOptions& limits, std::uint32_t processes);

  [[nodiscard]] Grant ask(std::uint64_t prompt_bytes, std::uint32_t max_tokens,
                          core::Time now) override;
  void settle(const Grant& grant, std::uint64_t prompt_bytes,
              const std::optional<Usage>& used) override;

 private:
  [[nodiscard]] Usage expected(std::uint64_t prompt_bytes, std::uint32_t max_tokens) const;
  /// Why this much in all is too much; empty: it is not.
  [[nodiscard]] std::string excess(const Usage& all) const;

  LimitOptions share_;
  LimitOptions whole_;  ///< for messages
  std::mutex mutex_;
  Pace requests_;
  Pace tokens_;
  Usage used_{};
  Usage reserved_{};  ///< by what is under way
  double tokens_per_byte_;
  std::optional<double> answer_tokens_;
};

/// Whether tokens have a price at all.
[[nodiscard]] constexpr bool has_prices(const LimitOptions& limits) noexcept {
  return limits.input_price > 0 || limits.output_price > 0;
}
/// What these tokens cost at the prices of `limits`.
[[nodiscard]] double cost_of(const Usage& usage, const LimitOptions& limits) noexcept;

}  // namespace foundation::endpoints
