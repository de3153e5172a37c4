#include "tests/simulation/world.hpp"

#include <algorithm>
#include <cerrno>

#include <fmt/format.h>

#include "core/error.hpp"
#include "journal/names.hpp"
#include "tests/simulation/mutation.hpp"

namespace foundation::simulation {

using core::Duration;

namespace {

constexpr std::uint32_t most_sessions = 100;
constexpr std::uint64_t most_events = 2'000'000;

Duration seconds(double value) { return Duration{static_cast<std::int64_t>(value * 1e9)}; }

}  // namespace

World::World(const Options& options, const std::vector<Fault>& faults, const Workload& workload,
             const Reference& reference, bool print)
    : options_{options},
      faults_{faults},
      workload_{workload},
      kernel_{options, print},
      invariants_{kernel_, reference, storage_} {
  // Time for everything on one slot, twenty times over, and a minute of grace.
  last_trouble_ = core::Time{} + seconds(60 + 20 * reference.work_s);
}

RunResult World::run() {
  try {
    launch_after(Duration{0});
    loop();
    check_over();
  } catch (const std::exception& error) {
    result_.violation = error.what();
  }
  result_.log_hash = kernel_.log().hash();
  result_.events = kernel_.events();
  result_.sessions = static_cast<std::uint32_t>(sessions_.size());
  for (const auto& session : sessions_)
    result_.busy_s += static_cast<double>(session->busy().count()) * 1e-9;
  return result_;
}

void World::loop() {
  ProcessId handler = ProcessId::none;
  while (kernel_.step(handler)) {
    check_handler(handler);
    check_progress();
    for (; next_fault_ < faults_.size() && faults_[next_fault_].at <= kernel_.moments() &&
           !job_ended_;
         ++next_fault_)
      apply(faults_[next_fault_]);
  }
}

void World::check_handler(ProcessId handler) {
  if (handler == ProcessId::none) return;
  for (const auto& session : sessions_)
    if (session->process() == handler) return invariants_.check(*session);
}

void World::check_progress() const {
  if (kernel_.now() > last_trouble_ || kernel_.events() > most_events)
    throw Violation{fmt::format("the job does not end: {} events in {:.1f} s", kernel_.events(),
                                static_cast<double>(kernel_.now().ns) * 1e-9)};
}

void World::check_over() const {
  if (!job_ended_) throw Violation{"nothing happens any more, and the job has not ended"};
  for (const auto& session : sessions_)
    if (session->is_running() && session->coordinator() != nullptr)
      throw Violation{fmt::format("epoch {} neither ends nor is told to", session->epoch())};
}

// --- the launcher --------------------------------------------------------------------------------

Duration World::relaunch_span() const { return seconds(options_.relaunch_s); }

void World::launch_after(Duration span) {
  kernel_.after(span, EventKind::launch, ProcessId::none, [this] { launch(); });
}

void World::launch() {
  if (job_ended_) return;
  if (sessions_.size() >= most_sessions) throw Violation{"it is relaunched without end"};
  journal::Claim claim;
  try {
    testing::MemoryDisk disk{storage_};
    claim = journal::claim_epoch(disk, {});
  } catch (const core::Error& error) {
    if (error.kind() == core::ErrorKind::io) return launch_after(relaunch_span());
    throw;
  }
  sessions_.push_back(std::make_unique<Session>(kernel_, workload_, storage_, *this, claim.epoch));
  kernel_.note([&] { return fmt::format("E{} claims the run", claim.epoch); });
  Session* session = sessions_.back().get();
  kernel_.after(seconds(options_.sync_median_s), EventKind::recover, session->process(),
                [this, session] { recover(*session); });
}

void World::recover(Session& session) {
  try {
    session.recover();
    invariants_.check_recovery(session);
    session.start();
  } catch (const core::Error& error) {
    const bool superseded =
        error.kind() == core::ErrorKind::conflict && newest_epoch() > session.epoch();
    if (error.kind() != core::ErrorKind::io && !superseded) throw;
    kernel_.note(
        [&] { return fmt::format("E{} cannot start: {}", session.epoch(), error.what()); });
    session.kill(true);
    if (!superseded) launch_after(relaunch_span());
  }
}

journal::Epoch World::newest_epoch() const {
  journal::Epoch newest = 0;
  for (const std::string& leaf : storage_.names("epoch"))
    newest = std::max(newest, journal::parse_claim_name(leaf).value_or(0));
  return newest;
}

Session* World::current() {
  for (auto it = sessions_.rbegin(); it != sessions_.rend(); ++it)
    if ((*it)->is_running()) return it->get();
  return nullptr;
}

// --- what sessions say ---------------------------------------------------------------------------

void World::cell_started(Session& session, const model::CellRange& cell) {
  invariants_.check_cell(session, cell);
}

void World::lease_sent(Session& session, campaign::WorkerIndex worker,
                       const campaign::Lease& lease) {
  invariants_.check_lease(session, worker, lease);
}

void World::file_replaced(Session& session, std::string_view name) {
  if (name == "DONE") invariants_.check_done_file(session);
}

void World::published(Session& session, journal::Sequence durable) {
  invariants_.check_published(session, durable);
}

void World::reported(Session& session, const campaign::ProgressRecord& progress) {
  invariants_.check_report(session, progress);
}

void World::ended(Session& session, const campaign::EndReport& report) {
  using campaign::Ending;
  invariants_.check_end(session, report, newest_epoch());
  if (report.ending == Ending::done || report.ending == Ending::no_result) {
    job_ended_ = true;
    result_.virtual_s = static_cast<double>(kernel_.now().ns) * 1e-9;
    return;
  }
  if (session.epoch() == newest_epoch()) launch_after(relaunch_span());
}

// --- faults --------------------------------------------------------------------------------------

void World::apply(const Fault& fault) {
  Session* session = current();
  if (fault.kind == FaultKind::wall_jump) {
    kernel_.jump_wall(fault.amount_ns);
  } else if (session == nullptr || !apply_to_session(fault, *session)) {
    return;
  }
  ++result_.faults;
  last_trouble_ = last_trouble_ + Duration{std::max<std::int64_t>(fault.amount_ns, 0)} +
                  2 * relaunch_span() + seconds(2);
  if (fault.kind == FaultKind::wall_jump)
    last_trouble_ = last_trouble_ + Duration{-std::max<std::int64_t>(fault.amount_ns, 0)};
  kernel_.trace(static_cast<std::uint64_t>(fault.kind));
  kernel_.note([&] { return fmt::format("-- fault {}", to_text({fault})); });
}

bool World::apply_to_session(const Fault& fault, Session& session) {
  const Duration span{fault.amount_ns};
  switch (fault.kind) {
    case FaultKind::worker_crash: session.crash_worker(fault.target); break;
    case FaultKind::worker_pause: session.pause_worker(fault.target, span); break;
    case FaultKind::connection_lost: session.disconnect_worker(fault.target, span); break;
    case FaultKind::worker_joins:
      if (session.coordinator() == nullptr) return false;
      session.add_worker();
      break;
    case FaultKind::clog: session.clog_worker(fault.target, span); break;
    case FaultKind::cell_failure:
      session.fail_cell(fault.target, fault.target % 2 == 0 ? model::CellStatus::lost
                                                            : model::CellStatus::rate_limited);
      break;
    case FaultKind::kill:
      session.kill(fault.target % 2 == 0);
      launch_after(relaunch_span());
      break;
    case FaultKind::power_loss: lose_power(); break;
    case FaultKind::freeze: session.pause(span); break;
    case FaultKind::takeover:
      session.pause(span);
      launch_after(span * static_cast<std::int64_t>(fault.target % 15) / 10);
      break;
    case FaultKind::call_error:
      storage_.fail_call(static_cast<std::uint64_t>(fault.amount_ns),
                         fault.target % 2 == 0 ? EIO : ENOSPC);
      break;
    case FaultKind::slow_sync: session.delay_next_write(span); break;
    case FaultKind::stop: session.stop(); break;
    case FaultKind::wall_jump: return false;
  }
  return true;
}

void World::lose_power() {
  for (const auto& session : sessions_)
    if (session->is_running()) session->kill(true);
  core::Stream stream =
      draw_stream(options_.seed, Draw::crash, static_cast<std::uint32_t>(kernel_.moments()));
  storage_.crash(stream);
  launch_after(relaunch_span());
}

RunResult simulate(const Options& options, const std::vector<Fault>& faults, bool print) {
  const Workload workload{options};
  Reference reference;
  {
    const ScopedTruth truth;
    reference = run_reference(options, workload);
  }
  return World{options, faults, workload, reference, print}.run();
}

}  // namespace foundation::simulation
