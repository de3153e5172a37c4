#include <algorithm>
#include <cerrno>
#include <limits>

#include <fmt/format.h>

#include "tests/simulation/world.hpp"

namespace foundation::simulation {

using core::Duration;
using testing::Bytes;
using testing::MemoryStorage;

namespace {

int full_error(const Fault& fault) { return fault.target % 2 == 0 ? ENOSPC : EDQUOT; }

MemoryStorage::AfterFailedSync after_failed_sync(const Fault& fault) {
  return fault.target % 4 < 2 ? MemoryStorage::AfterFailedSync::clean
                              : MemoryStorage::AfterFailedSync::reverted;
}

}  // namespace

void World::apply_due_faults() {
  if (waiting_ == 0 || job_ended_) return;
  for (std::size_t i = 0; i < faults_.size() && !job_ended_; ++i) {
    if (applied_[i] || !is_due(faults_[i])) continue;
    applied_[i] = true;
    --waiting_;
    apply(faults_[i]);
    note_phase();
  }
}

bool World::is_due(const Fault& fault) const {
  if (!fault.phase) return fault.at <= kernel_.moments();
  const auto& entered = entered_[static_cast<std::size_t>(*fault.phase)];
  return phase_ == *fault.phase && entered && *entered + fault.at <= kernel_.moments();
}

void World::apply(const Fault& fault) {
  Session* session = current();
  const bool hits = apply_anywhere(fault) || apply_to_launch(fault) || apply_to_hosts(fault) ||
                    apply_to_disk(fault) ||
                    (session != nullptr &&
                     (apply_to_session(fault, *session) || apply_to_workers(fault, *session)));
  if (!hits) return;
  ++result_.faults;
  ++result_.matrix[matrix_cell(fault.kind, phase_)];
  kernel_.note([&] { return fmt::format("-- fault {} ({})", to_text({fault}), name_of(phase_)); });
  if (fault.kind == FaultKind::wall_jump) return;  // changes nothing but labels
  last_trouble_ = last_trouble_ + 3 * Duration{fault.amount_ns} + 4 * relaunch_span() +
                  2 * options_.liveness_start + seconds(4);
  if (options_.launcher)
    last_trouble_ = last_trouble_ + 2 * options_.launch.start_timeout +
                    2 * options_.launch.silence_timeout + seconds(20);
  kernel_.trace(static_cast<std::uint64_t>(fault.kind));
}

/// What needs no session.
bool World::apply_anywhere(const Fault& fault) {
  const Duration span{fault.amount_ns};
  const auto call = static_cast<std::uint64_t>(std::max<std::int64_t>(fault.amount_ns, 0));
  switch (fault.kind) {
    case FaultKind::wall_jump: kernel_.jump_wall(fault.amount_ns); return true;
    case FaultKind::power_loss: lose_power(); return true;
    case FaultKind::relaunches: relaunch(2 + fault.target % 3, span); return true;
    case FaultKind::kill_in_call:
      storage_.interrupt_call(call, [] { throw DiesInCall{false}; });
      return true;
    case FaultKind::power_in_call:
      storage_.interrupt_call(call, [] { throw DiesInCall{true}; });
      return true;
    case FaultKind::rival_in_call: storage_.interrupt_call(call, [this] { launch(); }); return true;
    default: return is_damage(fault.kind) && damage(fault);
  }
}

bool World::apply_to_launch(const Fault& fault) {
  Launch* launch = active_launch();
  if (launch == nullptr) return false;
  switch (fault.kind) {
    case FaultKind::stop: launch->stop(fault.target % 2 == 0); return true;
    case FaultKind::manager_killed: return launch->kill_manager();
    case FaultKind::manager_hangs: return launch->hang_manager();
    case FaultKind::launcher_killed:
      launch->kill();
      continue_after(relaunch_span());
      return true;
    case FaultKind::launcher_pause:
      launch->pause(Duration{fault.amount_ns}, fault.target % 2 == 0);
      return true;
    case FaultKind::never_starts: return launch->hang_start();
    default: return false;
  }
}

bool World::apply_to_hosts(const Fault& fault) {
  if (!options_.launcher) return false;
  const Duration span{fault.amount_ns};
  const std::uint32_t host = fault.target % options_.hosts;
  if (fault.kind != FaultKind::host_lost && fault.kind != FaultKind::cable_cut) return false;
  host_back_[host] = std::max(host_back_[host], kernel_.now() + span);
  if (fault.kind == FaultKind::host_lost) {
    lose_host(host);
  } else {
    for (const auto& session : sessions_) session->cut_host(host, span);
  }
  return true;
}

void World::lose_host(std::uint32_t host) {
  for (const auto& launch : launches_) launch->host_lost(host);
  for (const auto& session : sessions_) {
    const bool was_running = session->is_running();
    session->lose_host(host);
    if (was_running && !session->is_running()) continue_after_death_of(*session);
  }
}

bool World::apply_to_disk(const Fault& fault) {
  const Duration span{fault.amount_ns};
  const auto later = [this, span](Kernel::Action action) {
    kernel_.after(span, EventKind::control, ProcessId::none, std::move(action));
  };
  switch (fault.kind) {
    case FaultKind::call_error:
      storage_.fail_call(static_cast<std::uint64_t>(fault.amount_ns),
                         fault.target % 2 == 0 ? EIO : ENOSPC);
      return true;
    case FaultKind::sync_error:
      storage_.fail_syncs(1 + fault.target / 4 % 2, EIO, after_failed_sync(fault));
      return true;
    case FaultKind::disk_full:
      storage_.fail_writes(full_error(fault), (fault.target % 11) / 10.0);
      later([this] { storage_.fail_writes(0); });
      return true;
    case FaultKind::full_at_sync:
      storage_.fail_syncs(std::numeric_limits<std::uint32_t>::max(), full_error(fault),
                          after_failed_sync(fault));
      later([this] { storage_.fail_syncs(0, 0); });
      return true;
    case FaultKind::read_error:
      storage_.fail_reads(fault.target / 5 % 12, 1 + fault.target % 5, EIO);
      return true;
    case FaultKind::stale_view:
      if (!options_.network_disk) return false;
      storage_.freeze_views();
      kernel_.after(std::min(span, seconds(options_.view_lag_s)), EventKind::control,
                    ProcessId::none, [this] { storage_.thaw_views(); });
      return true;
    default: return false;
  }
}

bool World::apply_to_session(const Fault& fault, Session& session) {
  const Duration span{fault.amount_ns};
  const Duration successor_after = span * static_cast<std::int64_t>(fault.target % 15) / 10;
  const auto workers =
      fault.target % 2 == 0 ? Session::Workers::with_them : Session::Workers::they_notice;
  switch (fault.kind) {
    case FaultKind::kill:
      session.kill(workers);
      continue_after_death_of(session);
      return true;
    case FaultKind::late_write:
      session.kill(workers);
      session.let_write_arrive(relaunch_span() + span);
      continue_after_death_of(session);
      return true;
    case FaultKind::torn_write: session.tear_next_write((fault.target % 10) / 10.0); return true;
    case FaultKind::freeze: session.pause(span); return true;
    case FaultKind::freeze_all: session.pause_all(span); return true;
    case FaultKind::takeover:
      session.pause(span);
      launch_after(successor_after);
      return true;
    case FaultKind::takeover_all:
      session.pause_all(span);
      launch_after(successor_after);
      return true;
    case FaultKind::slow_sync:
    case FaultKind::stuck_sync: session.delay_next_write(span); return true;
    case FaultKind::stop: session.stop(); return session.coordinator() != nullptr;
    default: return false;
  }
}

bool World::apply_to_workers(const Fault& fault, Session& session) {
  const Duration span{fault.amount_ns};
  switch (fault.kind) {
    case FaultKind::worker_crash: return session.crash_worker(fault.target);
    case FaultKind::node_loss: return session.crash_node(fault.target);
    case FaultKind::worker_pause: return session.pause_worker(fault.target, span);
    case FaultKind::worker_frozen: return session.freeze_worker(fault.target);
    case FaultKind::worker_replaced: return session.replace_worker(fault.target, span);
    case FaultKind::connection_lost: return session.disconnect_worker(fault.target, span);
    case FaultKind::worker_joins:
      if (session.coordinator() == nullptr) return false;
      session.add_worker();
      return true;
    case FaultKind::clog: return session.clog_worker(fault.target, span);
    case FaultKind::swizzle: return session.swizzle(fault.target, span);
    case FaultKind::partition:
      return session.partition(fault.target, 4 * span, Session::Cut::both_ways);
    case FaultKind::one_way:
      return session.partition(
          fault.target, 4 * span,
          fault.target % 2 == 0 ? Session::Cut::from_workers : Session::Cut::to_workers);
    case FaultKind::cell_failure:
      return session.fail_cell(fault.target, fault.target % 2 == 0
                                                 ? model::CellStatus::lost
                                                 : model::CellStatus::rate_limited);
    default: return false;
  }
}

/// Whoever launches does not know whether the last one is alive.
void World::relaunch(std::uint32_t times, Duration span) {
  for (std::uint32_t i = 0; i < times; ++i)
    launch_after(span * static_cast<std::int64_t>(i) / times);
}

void World::lose_power() {
  for (const auto& launch : launches_) launch->vanish();
  for (const auto& session : sessions_) {
    session->kill(Session::Workers::with_them);
    session->drop_writes();
  }
  core::Stream stream =
      draw_stream(options_.seed, Draw::crash, static_cast<std::uint32_t>(kernel_.moments()));
  storage_.crash(stream);
  continue_after(relaunch_span());
}

/// Synced data is another one than was written: no promise holds any more but that nothing wrong
/// is said.
bool World::damage(const Fault& fault) {
  std::vector<std::string> names;
  for (const std::string_view folder : {"journal", "epoch"})
    for (const std::string& leaf : storage_.names(folder))
      names.push_back(fmt::format("{}/{}", folder, leaf));
  if (names.empty()) return false;
  damaged_ = true;
  invariants_.expect_damage();
  core::Stream stream =
      draw_stream(options_.seed, Draw::damage, static_cast<std::uint32_t>(kernel_.moments()));
  const std::string& name = names[fault.target % names.size()];
  if (fault.kind == FaultKind::lying_sync) return storage_.lie_at_syncs(1 + fault.target % 3), true;
  if (fault.kind == FaultKind::file_lost) return storage_.remove(name), true;
  Bytes bytes = storage_.content(name);
  if (bytes.empty()) return false;
  const std::size_t at = stream.below(bytes.size());
  const std::size_t sector = at / MemoryStorage::sector_bytes * MemoryStorage::sector_bytes;
  const std::size_t end = std::min(sector + MemoryStorage::sector_bytes, bytes.size());
  if (fault.kind == FaultKind::bit_rot) bytes[at] ^= std::byte{1} << stream.below(8);
  if (fault.kind == FaultKind::truncation) bytes.resize(at);
  if (fault.kind == FaultKind::lost_sector)
    std::fill(bytes.begin() + static_cast<std::ptrdiff_t>(sector),
              bytes.begin() + static_cast<std::ptrdiff_t>(end), std::byte{0});
  if (fault.kind == FaultKind::misdirected) {
    const Bytes& other = storage_.content(names[stream.below(names.size())]);
    for (std::size_t i = sector; i < end && i - sector < other.size(); ++i)
      bytes[i] = other[i - sector];
  }
  storage_.set_content(name, std::move(bytes));
  return true;
}

}  // namespace foundation::simulation
