#include "campaign/liveness.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/mutation.hpp"
#include "core/quantity.hpp"
#include "core/reach.hpp"

namespace foundation::campaign {

using core::Duration;
using core::Time;

namespace {

constexpr int pauses_in_timeout = 4;  ///< a pause of ours this long gives new grace
constexpr int checks_in_timeout = 40;

}  // namespace

Liveness::Peer& Liveness::at(WorkerIndex peer) {
  if (peer >= peers_.size()) peers_.resize(peer + 1);
  return peers_[peer];
}

/// Its own standing still counts from the first event on, not only between ticks.
void Liveness::begin(Time now) {
  if (!last_tick_ && !FOUNDATION_MUTATION(first_pause_blamed)) last_tick_ = now;
}

void Liveness::expect(WorkerIndex peer, Time now) {
  begin(now);
  Peer& it = at(peer);
  if (it.state == State::unknown) it = {State::expected, now};
}

void Liveness::heard(WorkerIndex peer, Time now) {
  begin(now);
  Peer& it = at(peer);
  FOUNDATION_REACHED_IF(it.state == State::lost, lost_peer_heard);
  const bool is_final = it.state == State::left || it.state == State::lost;
  if (is_final && !FOUNDATION_MUTATION(lost_peer_revived)) return;
  if (it.state == State::alive && FOUNDATION_MUTATION(beats_ignored)) return;
  it = {State::alive, now};
}

void Liveness::left(WorkerIndex peer) {
  if (FOUNDATION_MUTATION(farewell_forgotten)) return;
  if (Peer& it = at(peer); it.state != State::lost) it.state = State::left;
}

Loss Liveness::lose(WorkerIndex peer, LossKind kind, std::string reason) {
  peers_[peer].state = State::lost;
  ++lost_;
  return {peer, kind, std::move(reason)};
}

std::optional<Loss> Liveness::connection_ended(WorkerIndex peer, ConnectionEnd how,
                                               std::string_view detail) {
  FOUNDATION_REACHED_IF(!is_watched(peer), connection_of_unwatched_ended);
  if (!is_watched(peer) || FOUNDATION_MUTATION(ended_connection_endured)) return std::nullopt;
  FOUNDATION_REACHED_IF(how == ConnectionEnd::closed, ended_process_noticed);
  FOUNDATION_REACHED_IF(how == ConnectionEnd::unreachable, cut_connection_noticed);
  if (how == ConnectionEnd::closed || FOUNDATION_MUTATION(cut_taken_for_crash))
    return lose(peer, LossKind::process_ended, fmt::format("its process ended ({})", detail));
  return lose(peer, LossKind::connection_lost, fmt::format("its connection is cut ({})", detail));
}

std::vector<Loss> Liveness::tick(Time now) {
  const Time before = std::exchange(last_tick_, now).value_or(now);
  if (now - before >= options_.timeout / pauses_in_timeout) grant_grace(now);
  std::vector<Loss> losses;
  if (now < next_check_) return losses;
  next_check_ = now + options_.timeout / checks_in_timeout;
  for (WorkerIndex peer = 0; peer < peers_.size(); ++peer)
    if (auto loss = judge(peer, now)) losses.push_back(std::move(*loss));
  return losses;
}

std::optional<Loss> Liveness::judge(WorkerIndex peer, Time now) {
  const Peer& it = peers_[peer];
  const Duration silence = now - it.since;
  if (it.state == State::expected && silence >= options_.start_limit &&
      !FOUNDATION_MUTATION(start_awaited_for_ever)) {
    FOUNDATION_REACHED(peer_never_came_up);
    return lose(
        peer, LossKind::silent,
        fmt::format("it has not come up within {}", core::format_duration(options_.start_limit)));
  }
  if (it.state == State::alive && silence >= options_.timeout &&
      !FOUNDATION_MUTATION(silence_endured)) {
    FOUNDATION_REACHED(silent_peer_lost);
    return lose(peer, LossKind::silent,
                fmt::format("no sign of life for {}", core::format_duration(options_.timeout)));
  }
  return std::nullopt;
}

void Liveness::grant_grace(Time now) {
  FOUNDATION_REACHED(watcher_stood_still);
  if (FOUNDATION_MUTATION(own_pause_blamed)) return;
  for (Peer& it : peers_) it.since = std::max(it.since, now);
}

std::uint32_t Liveness::watched() const noexcept {
  return static_cast<std::uint32_t>(std::ranges::count_if(peers_, [](const Peer& it) {
    return it.state == State::expected || it.state == State::alive;
  }));
}

}  // namespace foundation::campaign
