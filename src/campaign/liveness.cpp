#include "campaign/liveness.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/quantity.hpp"

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

void Liveness::expect(WorkerIndex peer, Time now) {
  Peer& it = at(peer);
  if (it.state == State::unknown) it = {State::expected, now};
}

void Liveness::heard(WorkerIndex peer, Time now) {
  Peer& it = at(peer);
  if (it.state == State::left || it.state == State::lost) return;
  it = {State::alive, now};
}

void Liveness::left(WorkerIndex peer) {
  if (Peer& it = at(peer); it.state != State::lost) it.state = State::left;
}

Loss Liveness::lose(WorkerIndex peer, LossKind kind, std::string reason) {
  peers_[peer].state = State::lost;
  ++lost_;
  return {peer, kind, std::move(reason)};
}

std::optional<Loss> Liveness::connection_ended(WorkerIndex peer, ConnectionEnd how,
                                               std::string_view detail) {
  if (!is_watched(peer)) return std::nullopt;
  if (how == ConnectionEnd::closed)
    return lose(peer, LossKind::process_ended, fmt::format("its process ended ({})", detail));
  return lose(peer, LossKind::connection_lost, fmt::format("its connection is cut ({})", detail));
}

std::vector<Loss> Liveness::tick(Time now) {
  const Time before = std::exchange(last_tick_, now).value_or(now);
  if (now - before >= options_.timeout / pauses_in_timeout) grant_grace(now);
  std::vector<Loss> losses;
  if (now < next_check_) return losses;
  next_check_ = now + options_.timeout / checks_in_timeout;
  for (WorkerIndex peer = 0; peer < peers_.size(); ++peer) {
    const Peer& it = peers_[peer];
    const Duration silence = now - it.since;
    if (it.state == State::expected && silence >= options_.start_limit)
      losses.push_back(lose(peer, LossKind::silent,
                            fmt::format("it has not come up within {}",
                                        core::format_duration(options_.start_limit))));
    else if (it.state == State::alive && silence >= options_.timeout)
      losses.push_back(
          lose(peer, LossKind::silent,
               fmt::format("no sign of life for {}", core::format_duration(options_.timeout))));
  }
  return losses;
}

void Liveness::grant_grace(Time now) {
  for (Peer& it : peers_) it.since = std::max(it.since, now);
}

std::uint32_t Liveness::watched() const noexcept {
  return static_cast<std::uint32_t>(std::ranges::count_if(peers_, [](const Peer& it) {
    return it.state == State::expected || it.state == State::alive;
  }));
}

}  // namespace foundation::campaign
