#include "endpoints/budget.hpp"

#include <algorithm>
#include <cmath>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"

namespace foundation::endpoints {

using core::Duration;
using core::Time;

namespace {

constexpr double first_tokens_per_byte = 1.0 / 3;
constexpr double memory = 0.9;  // of the moving means
constexpr double tokens_of_a_price = 1e6;
constexpr Duration moment = std::chrono::milliseconds{100};  // until more is known

std::uint64_t rounded(double number) {
  return static_cast<std::uint64_t>(std::llround(std::max(number, 0.0)));
}

Usage operator+(const Usage& a, const Usage& b) {
  return {a.prompt_tokens + b.prompt_tokens, a.completion_tokens + b.completion_tokens};
}

std::uint64_t sum(const Usage& usage) { return usage.prompt_tokens + usage.completion_tokens; }

}  // namespace

double cost_of(const Usage& usage, const LimitOptions& limits) noexcept {
  return (static_cast<double>(usage.prompt_tokens) * limits.input_price +
          static_cast<double>(usage.completion_tokens) * limits.output_price) /
         tokens_of_a_price;
}

Pace::Pace(double per_minute) noexcept
    : per_second_{per_minute / 60},
      burst_{per_minute > 0 ? std::chrono::seconds{1} : Duration{0}} {}

Duration Pace::span_of(double amount) const noexcept {
  return Duration{std::llround(amount / per_second_ * 1e9)};
}

Time Pace::take(double amount, Time now) noexcept {
  if (per_second_ <= 0) return now;
  const Time earliest = now + -burst_;
  const Time arrival = std::max(arrival_.value_or(now), earliest);
  arrival_ = arrival + span_of(amount);
  return std::max(now, arrival);
}

void Pace::correct(double amount) noexcept {
  if (arrival_) arrival_ = *arrival_ + span_of(amount);
}

ShareOfBudget::ShareOfBudget(const LimitOptions& limits, std::uint32_t processes)
    : share_{limits},
      whole_{limits},
      requests_{limits.requests_per_minute / processes},
      tokens_{limits.tokens_per_minute / processes},
      tokens_per_byte_{first_tokens_per_byte} {
  EXPECTS(processes > 0);
  share_.cost /= processes;
  if (limits.tokens > 0) share_.tokens = std::max<std::uint64_t>(limits.tokens / processes, 1);
}

Usage ShareOfBudget::expected(std::uint64_t prompt_bytes, std::uint32_t max_tokens) const {
  const double answer = std::min<double>(answer_tokens_.value_or(max_tokens), max_tokens);
  return {.prompt_tokens = rounded(static_cast<double>(prompt_bytes) * tokens_per_byte_),
          .completion_tokens = rounded(answer)};
}

std::string ShareOfBudget::excess(const Usage& all) const {
  if (share_.tokens > 0 && sum(all) > share_.tokens)
    return fmt::format("the budget of {} tokens is spent (program.limits.tokens)", whole_.tokens);
  if (share_.cost > 0 && cost_of(all, share_) > share_.cost)
    return fmt::format("the budget of {} is spent (program.limits.cost)", whole_.cost);
  return {};
}

Grant ShareOfBudget::ask(std::uint64_t prompt_bytes, std::uint32_t max_tokens, Time now) {
  const std::lock_guard lock{mutex_};
  const Usage next = expected(prompt_bytes, max_tokens);
  if (std::string reason = excess(used_ + next); !reason.empty())
    return {.kind = Grant::Kind::spent, .start = now, .reserved = {}, .reason = std::move(reason)};
  if (!excess(used_ + reserved_ + next).empty())
    return {.kind = Grant::Kind::later, .start = now + moment, .reserved = {}, .reason = {}};
  Grant grant;
  grant.reserved = next;
  reserved_ = reserved_ + next;
  grant.start =
      std::max(requests_.take(1, now), tokens_.take(static_cast<double>(sum(grant.reserved)), now));
  return grant;
}

void ShareOfBudget::settle(const Grant& grant, std::uint64_t prompt_bytes,
                           const std::optional<Usage>& used) {
  const std::lock_guard lock{mutex_};
  const Usage taken = used.value_or(Usage{});
  used_ = used_ + taken;
  reserved_.prompt_tokens -= grant.reserved.prompt_tokens;
  reserved_.completion_tokens -= grant.reserved.completion_tokens;
  tokens_.correct(static_cast<double>(sum(taken)) - static_cast<double>(sum(grant.reserved)));
  if (!used || taken.prompt_tokens == 0 || prompt_bytes == 0) return;
  const auto answer = static_cast<double>(taken.completion_tokens);
  const double ratio = static_cast<double>(taken.prompt_tokens) / static_cast<double>(prompt_bytes);
  const double kept = answer_tokens_ ? memory : 0;  // the first one replaces what was assumed
  tokens_per_byte_ = kept * tokens_per_byte_ + (1 - kept) * ratio;
  answer_tokens_ = kept * answer_tokens_.value_or(0) + (1 - kept) * answer;
}

}  // namespace foundation::endpoints
