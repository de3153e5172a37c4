#include "tests/simulation/watch_oracle.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/quantity.hpp"
#include "tests/simulation/violation.hpp"

namespace foundation::simulation {

using campaign::Loss;
using campaign::LossKind;
using core::Duration;
using core::Time;

namespace {

/// A watcher checks a little after the limit, with a clock of his own, and may doze a little.
constexpr Duration overdue(Duration limit) { return limit * 8 / 5 + std::chrono::milliseconds{50}; }

[[noreturn]] void refuse(campaign::WorkerIndex peer, const std::string& what) {
  throw Violation{fmt::format("peer {}: {}", peer, what)};
}

}  // namespace

void WatchOracle::tick(Time now) {
  const Time before = last_tick_.value_or(now);
  if (!last_tick_) awake_since_ = now;
  last_tick_ = now;
  if (now - before >= limits_.timeout / 8) awake_since_ = now;
}

void WatchOracle::update(Peer& peer, Time now) const {
  const auto to_come = peer.arrivals.upper_bound(now);
  if (to_come == peer.arrivals.begin()) return;
  if (!peer.first) peer.first = *peer.arrivals.begin();
  peer.newest = *std::prev(to_come);
  peer.arrivals.erase(peer.arrivals.begin(), peer.arrivals.lower_bound(now + -2 * limits_.timeout));
}

/// Within the last time limit.
Duration WatchOracle::longest_silence(const Peer& peer, Time now) const {
  Time last = now + -limits_.timeout;
  Duration longest{0};
  for (const Time at : peer.arrivals) {
    if (at > now) break;
    if (at <= last) continue;
    longest = std::max(longest, at - last);
    last = at;
  }
  return std::max(longest, now - last);
}

void WatchOracle::check_verdict(const Loss& loss, bool ended, Time now) {
  Peer& peer = peers_[loss.worker];
  update(peer, now);
  if (peer.lost) refuse(loss.worker, "lost twice");
  if (peer.left) refuse(loss.worker, "lost although it has said farewell");
  peer.lost = true;
  if (loss.kind == LossKind::process_ended && !ended)
    refuse(loss.worker, "its process is said to have ended, but lives");
  if (loss.kind == LossKind::silent) check_silence(loss, peer, now);
}

void WatchOracle::check_silence(const Loss& loss, const Peer& peer, Time now) const {
  if (peer.first) {
    const Duration silence = longest_silence(peer, now);
    if (silence < limits_.timeout / 2)
      refuse(loss.worker, fmt::format("said to be silent, but was heard after at most {}",
                                      core::format_duration(silence)));
  } else if (now - peer.expected.value_or(now) < limits_.start_limit / 2) {
    refuse(loss.worker, "said not to come up before its time is over");
  }
}

void WatchOracle::check_overdue(const campaign::Liveness& liveness, Time now) {
  for (auto& [index, peer] : peers_) {
    update(peer, now);
    if (peer.left || peer.lost || !liveness.is_watched(index)) continue;
    const Duration limit = peer.newest ? limits_.timeout : limits_.start_limit;
    const Time since = std::max(peer.newest.value_or(peer.expected.value_or(now)), awake_since_);
    if (now - since > overdue(limit))
      refuse(index, fmt::format("silent for {}, and nobody is told of it",
                                core::format_duration(now - since)));
  }
}

}  // namespace foundation::simulation
