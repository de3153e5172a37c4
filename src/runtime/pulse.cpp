#include "runtime/pulse.hpp"

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/process_end.hpp"
#include "runtime/worker_watch.hpp"

namespace foundation::runtime {

using Heard = messaging::LivenessClient::Heard;

namespace {

constexpr core::Duration connect_limit = std::chrono::seconds{5};
constexpr core::Duration end_grace = std::chrono::seconds{1};
constexpr int patience = 3;  ///< with the coordinator, in time limits

std::optional<messaging::LivenessClient> connect(const WatchSetup& setup, std::uint32_t rank) {
  if (!setup.sockets) return std::nullopt;
  try {
    return messaging::LivenessClient{setup.endpoints, setup.key, rank, connect_limit};
  } catch (const core::Error& error) {
    if (setup.insist) throw;
    core::log(core::LogLevel::warning,
              fmt::format("{}; it is watched by heartbeats over MPI", error.what()));
    return std::nullopt;
  }
}

[[noreturn]] void leave(std::string_view why) {
  core::log(core::LogLevel::error, fmt::format("the coordinator is gone ({}); leaving", why));
  core::end_process_now(core::exit_status(core::ErrorKind::infrastructure));
}

}  // namespace

Pulse::Pulse(const WatchSetup& setup, std::uint32_t rank, bool end_with_session)
    : interval_{interval_for(setup.timeout)},
      end_with_session_{end_with_session},
      coordinator_{{.timeout = patience * setup.timeout}},
      connection_{connect(setup, rank)},
      thread_{[this] { run(); }} {}

Pulse::~Pulse() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  stopped_.notify_all();
  if (connection_) connection_->wake();
  thread_.join();
}

void Pulse::attach(WorkerHost& worker) {
  const std::lock_guard lock{mutex_};
  worker_ = &worker;
}

void Pulse::run() {
  coordinator_.heard(0, core::monotonic_now());
  do {
    beat();
    const auto losses = coordinator_.tick(core::monotonic_now());
    if (!losses.empty()) leave(losses.front().reason);
  } while (listen());
}

void Pulse::beat() {
  if (connection_) connection_->beat();
  const std::lock_guard lock{mutex_};
  if (worker_ == nullptr) return;
  if (!connection_) worker_->beat();
  worker_->report_node();
  worker_->report_budget();
}

bool Pulse::listen() { return connection_ ? listen_to_connection() : listen_to_worker(); }

bool Pulse::listen_to_connection() {
  const core::Time next_beat = core::monotonic_now() + interval_;
  for (core::Time now = core::monotonic_now(); now < next_beat; now = core::monotonic_now()) {
    const Heard heard = connection_->wait(next_beat - now);
    {
      const std::lock_guard lock{mutex_};
      if (stop_) return false;
    }
    if (heard == Heard::leave) {
      await_end();
      return false;
    }
    if (heard == Heard::gone) leave(connection_->end());
    if (heard == Heard::beat) coordinator_.heard(0, core::monotonic_now());
  }
  return true;
}

/// Slots may be busy with cells that nobody needs any more.
void Pulse::await_end() {
  std::unique_lock lock{mutex_};
  if (end_with_session_ && !stopped_.wait_for(lock, end_grace, [this] { return stop_; }))
    core::end_process_now(0);
}

bool Pulse::listen_to_worker() {
  std::unique_lock lock{mutex_};
  if (stopped_.wait_for(lock, interval_, [this] { return stop_; })) return false;
  // Before there is a worker host nobody receives, so nothing can be missed.
  if (worker_ == nullptr || worker_->messages() != messages_)
    coordinator_.heard(0, core::monotonic_now());
  if (worker_ != nullptr) messages_ = worker_->messages();
  return true;
}

}  // namespace foundation::runtime
