#include "analysis/collective_calls.hpp"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

namespace foundation::analysis {

using trace::Event;
using trace::RegionRole;

namespace {

/// A collective that does not block has the role `start_collective`, whatever it does.
RegionRole role_of(const Region& region) {
  if (region.role != RegionRole::start_collective) return region.role;
  std::string_view name = region.name;
  if (name.ends_with("_c")) name.remove_suffix(2);  // the same with wider counts
  if (name == "MPI_Ibarrier") return RegionRole::barrier;
  if (name == "MPI_Ibcast" || name.starts_with("MPI_Iscatter")) return RegionRole::one_to_all;
  if (name == "MPI_Ireduce" || name.starts_with("MPI_Igather")) return RegionRole::all_to_one;
  if (name == "MPI_Iscan" || name == "MPI_Iexscan") return RegionRole::prefix;
  if (name.starts_with("MPI_Ineighbor")) return RegionRole::start_collective;
  return RegionRole::all_to_all;
}

std::uint32_t members_in_trace(const Communicator& communicator) {
  const auto outside =
      std::ranges::count(communicator.members, -1) + std::ranges::count(communicator.remote, -1);
  return static_cast<std::uint32_t>(std::ssize(communicator.members) +
                                    std::ssize(communicator.remote) - outside);
}

}  // namespace

bool is_blocking_collective(RegionRole role) noexcept {
  return role == RegionRole::barrier || role == RegionRole::all_to_all ||
         role == RegionRole::one_to_all || role == RegionRole::all_to_one ||
         role == RegionRole::prefix;
}

CollectiveCalls::CollectiveCalls(const TraceSet& traces, MatchSink& sink,
                                 const Alignment* alignment, AlignmentFinder* finder)
    : traces_{traces}, matcher_{sink, alignment, finder}, finder_{finder} {
  for (std::uint32_t i = 0; i < traces.processes().size(); ++i)
    by_rank_.try_emplace(traces.processes()[i].rank, i);
}

CollectiveCalls::Handle CollectiveCalls::begin(const CallSpan& call, const Event& enter,
                                               std::uint64_t number, std::uint32_t window) {
  const Process& process = traces_.processes()[call.site.process];
  const LocalCommunicator own = process.communicator(enter.communicator);
  const Communicator& communicator = traces_.communicators()[own.global];
  const Region& region = process.region(call.site.region);
  const std::int32_t root = root_of(process, communicator, enter);
  if (finder_ != nullptr) name_members({own.global, window}, communicator);
  return matcher_.begin({.communicator = own.global,
                         .window = window,
                         .members = members_in_trace(communicator),
                         .site = call.site,
                         .role = role_of(region),
                         .function = region.shared,
                         .rank = own.rank,
                         .root = root,
                         .root_process = finder_ == nullptr ? std::nullopt : process_of(root),
                         .is_root = root >= 0 && root == process.rank,
                         .bytes = enter.value,
                         .posted = call.enter,
                         .event = number});
}

/// Rank in MPI_COMM_WORLD. Between two groups, the root itself says MPI_ROOT, which the recorder
/// keeps as a number below that of MPI_PROC_NULL, with which the others in its group name none.
std::int32_t CollectiveCalls::root_of(const Process& process, const Communicator& communicator,
                                      const Event& enter) const {
  const RegionRole role = role_of(process.region(enter.region));
  const bool has_root = role == RegionRole::one_to_all || role == RegionRole::all_to_one;
  const bool has_sides = !communicator.remote.empty();
  if (has_root && has_sides && enter.peer < -1) return process.rank;
  return traces_.world_rank(process, enter.communicator, enter.peer);
}

std::optional<std::uint32_t> CollectiveCalls::process_of(std::int32_t rank) const {
  const auto found = rank < 0 ? by_rank_.end() : by_rank_.find(rank);
  return found == by_rank_.end() ? std::nullopt : std::optional{found->second};
}

void CollectiveCalls::name_members(const Stretch& stretch, const Communicator& communicator) {
  if (finder_->knows(stretch)) return;
  std::vector<std::uint32_t> members;
  for (const auto* side : {&communicator.members, &communicator.remote})
    for (const std::int32_t rank : *side)
      if (const auto process = process_of(rank); process && is_in_window(*process, stretch.window))
        members.push_back(*process);
  finder_->members(stretch, std::move(members));
}

bool CollectiveCalls::is_in_window(std::uint32_t process, std::uint32_t window) const {
  const std::vector<RecordedWindow>& windows = traces_.processes()[process].windows;
  return windows.empty() || std::ranges::any_of(windows, [window](const RecordedWindow& it) {
           return it.window == window;
         });
}

}  // namespace foundation::analysis
