#include "tests/simulation/world.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/mutation.hpp"
#include "journal/names.hpp"
#include "tests/simulation/mutation.hpp"

namespace foundation::simulation {

using core::Duration;

namespace {

constexpr std::uint32_t most_sessions = 150;
constexpr std::uint64_t most_events = 500'000;  // ten times what the busiest seeds take

}  // namespace

World::World(const Options& options, const std::vector<Fault>& faults, const Workload& workload,
             const Reference& reference, bool print)
    : options_{options},
      faults_{faults},
      workload_{workload},
      kernel_{options, print},
      invariants_{kernel_, reference, storage_},
      host_back_(options.hosts),
      applied_(faults.size(), false),
      waiting_{faults.size()} {
  storage_.set_network(options.network_disk);
  // Time for everything on one slot, twenty times over, and a minute of grace.
  last_trouble_ = core::Time{} + seconds(60 + 20 * reference.work_s);
}

RunResult World::run() {
  try {
    continue_after(Duration{0});
    loop();
    check_over();
  } catch (const std::exception& error) {
    result_.violation = error.what();
  }
  result_.log_hash = kernel_.log().hash();
  result_.course = kernel_.log().course();
  result_.events = kernel_.events();
  result_.sessions = static_cast<std::uint32_t>(sessions_.size());
  for (const auto& session : sessions_)
    result_.busy_s += static_cast<double>(session->busy().count()) * 1e-9;
  return result_;
}

void World::loop() {
  bool goes_on = true;
  while (goes_on) {
    note_phase();
    apply_due_faults();
    try {
      goes_on = kernel_.step();
      check_handler();
    } catch (const DiesInCall& death) {
      die_in_call(death);
    }
    check_progress();
  }
}

void World::note_phase() {
  const Session* session = current();
  phase_ = session == nullptr ? Phase::down : session->phase();
  auto& entered = entered_[static_cast<std::size_t>(phase_)];
  if (!entered) entered = kernel_.moments();
}

/// Whoever made the call: a session, or a process that was claiming the run.
void World::die_in_call(const DiesInCall& death) {
  kernel_.note([&] { return fmt::format("-- dies in a call, power {}", death.power); });
  const auto found = std::ranges::find_if(
      sessions_, [this](const auto& session) { return session->process() == kernel_.handler(); });
  if (found != sessions_.end()) (*found)->kill(Session::Workers::they_notice);
  if (death.power) return lose_power();
  if (found != sessions_.end()) return continue_after_death_of(**found);
  continue_after(relaunch_span());
}

void World::check_handler() {
  if (kernel_.handler() == ProcessId::none) return;
  for (const auto& session : sessions_)
    if (session->process() == kernel_.handler()) return invariants_.check(*session);
}

void World::check_progress() const {
  if (kernel_.now() > last_trouble_ || kernel_.events() > most_events)
    throw Violation{fmt::format("the job does not end: {} events in {:.1f} s", kernel_.events(),
                                static_cast<double>(kernel_.now().ns) * 1e-9)};
}

void World::check_over() {
  invariants_.check_over();
  if (!job_ended_) throw Violation{"nothing happens any more, and the job has not ended"};
  for (const auto& session : sessions_) {
    if (session->is_running() && session->coordinator() != nullptr)
      throw Violation{fmt::format("epoch {} neither ends nor is told to", session->epoch())};
    if (session->coordinator() != nullptr && session->has_awake_process())
      throw Violation{fmt::format("processes of epoch {} live on", session->epoch())};
  }
  if (active_launch() != nullptr) throw Violation{"the launcher neither ends nor does anything"};
}

// --- sessions begin ------------------------------------------------------------------------------

Duration World::relaunch_span() const { return seconds(options_.relaunch_s); }

void World::launch_after(Duration span) {
  kernel_.after(span, EventKind::launch, ProcessId::none, [this] { launch(); });
}

void World::launch() {
  if (job_ended_) return;
  const Placement placement{0, std::vector<std::uint32_t>(options_.workers, 0)};
  if (claim_run(placement, {}).failed) continue_after(relaunch_span());
}

World::Begun World::claim_run(Placement placement, const std::string& mark) {
  if (sessions_.size() >= most_sessions) throw Violation{"it is relaunched without end"};
  const auto node = testing::MemoryStorage::NodeId{1'000'000};
  journal::Claim claim;
  try {
    testing::MemoryDisk disk{storage_, node};
    claim = journal::claim_epoch(disk, {.host = "a host", .launch = mark});
  } catch (const core::Error& error) {
    if (error.kind() == core::ErrorKind::io) return {.failed = true};
    if (error.kind() == core::ErrorKind::conflict) return {};  // the other one works
    throw;
  }
  sessions_.push_back(std::make_unique<Session>(kernel_, workload_, storage_, *this, claim.epoch,
                                                std::move(placement)));
  kernel_.note([&] { return fmt::format("E{} claims the run", claim.epoch); });
  Session* session = sessions_.back().get();
  // What another node wrote is waited for before it is read (journal/README.md, Taking over).
  const Duration settles = FOUNDATION_MUTATION(read_before_settled)
                               ? Duration{0}
                               : seconds(options_.view_lag_s + options_.sync_median_s);
  kernel_.after(settles, EventKind::recover, session->process(),
                [this, session] { recover(*session); });
  return {.session = session};
}

void World::recover(Session& session) {
  try {
    session.recover();
    invariants_.check_recovery(session, newest_epoch());
  } catch (const core::Error& error) {
    return cannot_start(session, error);
  }
  Session* it = &session;
  kernel_.after(seconds(options_.sync_median_s), EventKind::recover, session.process(),
                [this, it] { start(*it); });
}

void World::start(Session& session) {
  try {
    session.start();
  } catch (const core::Error& error) {
    cannot_start(session, error);
  }
}

void World::cannot_start(Session& session, const core::Error& error) {
  // What a successor writes meanwhile it may see in part only.
  const bool is_right =
      error.kind() == core::ErrorKind::conflict ||
      (options_.network_disk && !damaged_ && error.kind() == core::ErrorKind::corrupt_data);
  const bool superseded = is_right && (damaged_ || newest_epoch() > session.epoch());
  kernel_.note([&] { return fmt::format("E{} cannot start: {}", session.epoch(), error.what()); });
  if (damaged_ && error.kind() != core::ErrorKind::io && !superseded)
    return end_with_diagnosis(error);
  if (error.kind() != core::ErrorKind::io && !superseded) throw error;
  session.kill(Session::Workers::with_them);
  if (!superseded || nobody_works()) continue_after_death_of(session);
}

/// Damaged data ends the run here: the user reads what to do.
void World::end_with_diagnosis(const core::Error& error) {
  if (error.kind() == core::ErrorKind::internal || error.place().file.empty() ||
      error.hint().empty())
    throw Violation{fmt::format("damage leads to '{}', which is no diagnosis", error.what())};
  for (const auto& session : sessions_)
    if (session->is_running()) session->kill(Session::Workers::with_them);
  job_ended_ = true;
  result_.diagnosis = error.what();
  result_.virtual_s = static_cast<double>(kernel_.now().ns) * 1e-9;
}

journal::Epoch World::newest_epoch() const {
  journal::Epoch newest = 0;
  for (const std::string& leaf : storage_.names("epoch"))
    newest = std::max(newest, journal::parse_claim_name(leaf).value_or(0));
  return newest;
}

/// Claims that are damaged mislead whoever relies on their numbers.
bool World::nobody_works() { return damaged_ && current() == nullptr; }

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

void World::file_replaced(Session& session, std::string_view name, std::string_view content) {
  if (name == "DONE") invariants_.check_done_file(session, content);
}

void World::file_stored(Session&, std::string_view name) {
  if (name == "DONE") invariants_.check_done_stored();
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
    if (is_launched(session)) return;  // its launcher has the last word
    job_ended_ = true;
    result_.virtual_s = static_cast<double>(kernel_.now().ns) * 1e-9;
    return;
  }
  if (session.epoch() == newest_epoch() || nobody_works()) continue_after_death_of(session);
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
