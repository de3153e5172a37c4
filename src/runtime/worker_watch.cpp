#include "runtime/worker_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"

namespace foundation::runtime {

using campaign::ConnectionEnd;
using campaign::Loss;
using campaign::WorkerIndex;
using messaging::ConnectionEvent;

namespace {

constexpr int heartbeats_in_timeout = 5;

}  // namespace

core::Duration interval_for(core::Duration timeout) noexcept {
  return std::min(heartbeat_interval, timeout / heartbeats_in_timeout);
}

WorkerWatch::WorkerWatch(WatchSetup& setup, const std::vector<std::string>& addresses,
                         std::uint32_t ranks)
    : ranks_{ranks}, liveness_{{.timeout = setup.timeout}} {
  if (!setup.sockets) return;
  try {
    server_.emplace(setup.key, addresses,
                    messaging::LivenessServerOptions{.ranks = ranks,
                                                     .beat_interval = interval_for(setup.timeout)});
    setup.endpoints = server_->endpoints();
  } catch (const core::Error& error) {
    if (setup.insist) throw;
    core::log(core::LogLevel::warning,
              fmt::format("{}; ranks are watched by heartbeats over MPI", error.what()));
    setup.sockets = false;
  }
}

void WorkerWatch::expect_all(core::Time now) {
  for (WorkerIndex worker = 1; worker < ranks_; ++worker) liveness_.expect(worker, now);
}

void WorkerWatch::heard(WorkerIndex worker, core::Time now) {
  if (worker > 0) liveness_.heard(worker, now);
}

void WorkerWatch::left(WorkerIndex worker) {
  if (worker > 0) liveness_.left(worker);
}

std::vector<Loss> WorkerWatch::poll(core::Time now) {
  std::vector<Loss> losses;
  if (server_)
    for (const ConnectionEvent& event : server_->poll(now)) take(event, now, losses);
  for (Loss& loss : liveness_.tick(now)) losses.push_back(std::move(loss));
  if (!server_) return losses;
  for (const Loss& loss : losses) server_->close(loss.worker);
  if (server_->refused() > strangers_told_) tell_of_strangers();
  return losses;
}

void WorkerWatch::take(const ConnectionEvent& event, core::Time now, std::vector<Loss>& losses) {
  using Kind = ConnectionEvent::Kind;
  if (event.kind == Kind::opened || event.kind == Kind::heard)
    return liveness_.heard(event.rank, now);
  const auto how = event.kind == Kind::closed ? ConnectionEnd::closed : ConnectionEnd::unreachable;
  if (auto loss = liveness_.connection_ended(event.rank, how, event.detail))
    losses.push_back(std::move(*loss));
}

/// Each time their number has doubled: a scanner must not fill the log.
void WorkerWatch::tell_of_strangers() {
  core::log(core::LogLevel::warning,
            fmt::format("refused connections that are none of this session's ranks: {} so far",
                        server_->refused()));
  strangers_told_ = 2 * server_->refused();
}

std::vector<WorkerIndex> WorkerWatch::owed_heartbeats(core::Time now) {
  std::vector<WorkerIndex> owed;
  if (now < next_heartbeat_) return owed;
  next_heartbeat_ = now + heartbeat_interval;
  for (WorkerIndex worker = 1; worker < ranks_; ++worker)
    if (liveness_.is_watched(worker) && !(server_ && server_->is_connected(worker)))
      owed.push_back(worker);
  return owed;
}

void WorkerWatch::say_leave() {
  for (WorkerIndex worker = 1; server_ && worker < ranks_; ++worker) server_->say_leave(worker);
}

}  // namespace foundation::runtime
