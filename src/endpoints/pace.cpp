#include "endpoints/pace.hpp"

#include <algorithm>
#include <cmath>

namespace foundation::endpoints {

using core::Duration;
using core::Time;

namespace {

constexpr Duration burst = std::chrono::seconds{1};  // what can be caught up
constexpr double ns_per_second = 1e9;

}  // namespace

Pace::Pace(double per_minute) noexcept : per_second_{per_minute / 60} {}

Duration Pace::span_of(double amount) const noexcept {
  return Duration{std::llround(amount / per_second_ * ns_per_second)};
}

bool Pace::is_open(Time now) const noexcept { return !arrival_ || *arrival_ <= now; }

void Pace::take(double amount, Time now) noexcept {
  if (per_second_ <= 0) return;
  const Time earliest = now + -burst;
  arrival_ = std::max(arrival_.value_or(now), earliest) + span_of(amount);
}

void Pace::correct(double amount) noexcept {
  if (arrival_) arrival_ = *arrival_ + span_of(amount);
}

}  // namespace foundation::endpoints
