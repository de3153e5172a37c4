#include "endpoints/router.hpp"

#include <algorithm>
#include <cmath>

#include "core/contracts.hpp"
#include "core/exact_math.hpp"
#include "core/hash.hpp"

namespace foundation::endpoints {
namespace {

constexpr double spare = 1.25;
constexpr std::uint32_t most_doublings = 5;
constexpr core::Duration first_pause = std::chrono::seconds{1};
constexpr core::Duration longest_pause = std::chrono::seconds{30};

/// The higher, the more this endpoint is the one for this prefix.
double preference(std::uint64_t prefix, const Router::Target& target) {
  const core::Digest digest = core::Hasher{}.add(prefix).add(target.identity).digest();
  const double uniform = (static_cast<double>(digest.low >> 11U) + 0.5) * 0x1.0p-53;
  return -target.weight / core::exact::log(uniform);
}

}  // namespace

Router::Router(std::span<const Target> targets) {
  EXPECTS(!targets.empty());
  for (const Target& target : targets) {
    EXPECTS(target.weight > 0);
    endpoints_.push_back({.target = target});
    weights_ += target.weight;
  }
}

bool Router::has_room(const State& state) const noexcept {
  const double share = (under_way_ + 1) * state.target.weight / weights_;
  return state.under_way < std::ceil(spare * share);
}

Router::Choice Router::choose(std::uint64_t prefix, core::Time now) {
  Choice choice{.endpoint = {}, .ask_again = first_open()};
  double best = 0;
  bool best_has_room = false;
  for (std::size_t i = 0; i < endpoints_.size(); ++i) {
    const State& state = endpoints_[i];
    if (state.open > now) continue;
    const double value = preference(prefix, state.target);
    const bool room = has_room(state);
    if (choice.endpoint && (best_has_room > room || (best_has_room == room && best >= value)))
      continue;
    choice.endpoint = i;
    best = value;
    best_has_room = room;
  }
  if (!choice.endpoint) return choice;
  ++endpoints_[*choice.endpoint].under_way;
  ++under_way_;
  return choice;
}

core::Time Router::first_open() const noexcept {
  return std::ranges::min_element(endpoints_, {}, &State::open)->open;
}

void Router::ended(std::size_t endpoint) noexcept {
  --endpoints_[endpoint].under_way;
  --under_way_;
}

void Router::answered(std::size_t endpoint) noexcept { endpoints_[endpoint].failures = 0; }

void Router::close_until(std::size_t endpoint, core::Time open) noexcept {
  endpoints_[endpoint].open = std::max(endpoints_[endpoint].open, open);
}

// What fails while it is closed was under way before: it says nothing new.
void Router::unreachable(std::size_t endpoint, core::Time now) noexcept {
  State& state = endpoints_[endpoint];
  if (state.open > now) return;
  const core::Duration pause = first_pause * (1 << std::min(state.failures, most_doublings));
  ++state.failures;
  state.open = now + std::min(pause, longest_pause);
}

}  // namespace foundation::endpoints
