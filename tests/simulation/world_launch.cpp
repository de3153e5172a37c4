#include <algorithm>

#include "core/error.hpp"
#include "journal/names.hpp"
#include "tests/simulation/world.hpp"

namespace foundation::simulation {

using campaign::launch::Finish;
using campaign::launch::Outcome;
using core::Duration;

namespace {

/// Launchers sit on a node of their own.
constexpr auto launcher_node = testing::MemoryStorage::NodeId{2'000'000};

}  // namespace

// --- who goes on with the run --------------------------------------------------------------------

void World::continue_after(Duration span, EventKind kind) {
  kernel_.after(span, kind, ProcessId::none,
                [this] { return options_.launcher ? start_command() : launch(); });
}

/// A user who repeats the command until the run is over. It is refused while the run is at work.
void World::start_command() {
  if (job_ended_ || active_launch() != nullptr) return;
  if (current() != nullptr) return continue_after(relaunch_span(), EventKind::tick);
  launches_.push_back(
      std::make_unique<Launch>(kernel_, *this, static_cast<std::uint32_t>(launches_.size())));
  if (!launches_.back()->begin()) continue_after(relaunch_span());
}

bool World::is_launched(const Session& session) const {
  return std::ranges::any_of(launches_,
                             [&session](const auto& launch) { return launch->owns(session); });
}

void World::continue_after_death_of(const Session& session) {
  if (!is_launched(session)) continue_after(relaunch_span());
}

Launch* World::active_launch() const {
  const auto found =
      std::ranges::find_if(launches_, [](const auto& launch) { return !launch->is_over(); });
  return found == launches_.end() ? nullptr : found->get();
}

// --- what a launcher sees and does ---------------------------------------------------------------

campaign::RunState World::look_at_run(const Launch& launch) {
  const auto disk = testing::MemoryDisk::observer(storage_, launcher_node);
  campaign::RunState state;
  const auto claim = journal::newest_claim(disk);
  if (!claim) return state;
  state.epoch = claim->epoch;
  state.by_other = !claim->host.empty() && claim->launch != launch.mark();
  state.owner_gone =
      options_.sees_owner && std::ranges::none_of(sessions_, [&state](const auto& session) {
        return session->epoch() == state.epoch && session->is_alive();
      });
  for (const std::string& leaf : disk.list("journal")) {
    const auto segment = journal::parse_segment_name(leaf);
    if (!segment || segment->epoch != state.epoch) continue;
    if (const auto bytes = disk.read("journal/" + leaf)) state.journal_bytes += bytes->size();
  }
  state.note = campaign::read_end_note(disk);
  if (state.note && state.note->epoch != state.epoch) state.note.reset();
  return state;
}

std::optional<std::uint64_t> World::count_evaluations() {
  try {
    return invariants_.count_evaluations(launcher_node);
  } catch (const core::Error& error) {
    if (!options_.network_disk || error.kind() != core::ErrorKind::corrupt_data) throw;
    return std::nullopt;
  }
}

bool World::answers(std::uint32_t host) const { return kernel_.now() >= host_back_[host]; }

Session* World::begin_session(const Launch& launch, const Placement& placement) {
  return claim_run(placement, launch.mark()).session;
}

void World::launch_finished(const Finish& finish) {
  if (finish.outcome == Outcome::noted) invariants_.check_note(finish.note);
  if (finish.outcome != Outcome::noted || finish.note.file != campaign::done_file)
    return continue_after(relaunch_span());
  job_ended_ = true;
  result_.virtual_s = static_cast<double>(kernel_.now().ns) * 1e-9;
}

}  // namespace foundation::simulation
