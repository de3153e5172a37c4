#include "analysis/alignment.hpp"

#include <algorithm>

namespace foundation::analysis {

using trace::RegionRole;

std::int64_t Alignment::unpaired(const Envelope& envelope) const {
  const auto found = unpaired_.find(envelope);
  return found == unpaired_.end() ? 0 : found->second;
}

std::uint64_t Alignment::shift(const Stretch& stretch, std::uint32_t process) const {
  const auto found = shifts_.find(stretch);
  if (found == shifts_.end()) return 0;
  const auto shift = found->second.find(process);
  return shift == found->second.end() ? 0 : shift->second;
}

void AlignmentFinder::sent(const Envelope& envelope) { ++channels_[envelope].sent; }

void AlignmentFinder::received(const Envelope& envelope) {
  Channel& it = channels_[envelope];
  const std::int64_t waiting = it.sent - ++it.received;
  it.fewest_waiting = std::min(it.fewest_waiting.value_or(waiting), waiting);
}

void AlignmentFinder::members(const Stretch& stretch, std::vector<std::uint32_t> processes) {
  Collectives& it = stretches_[stretch];
  for (const std::uint32_t process : processes) it.members.try_emplace(process);
  if (!processes.empty()) it.first = processes.front();
}

void AlignmentFinder::entered(const Part& part) {
  Member& member = stretches_[part.stretch].members[part.process];
  member.entered = static_cast<std::int64_t>(part.index) + 1;
}

/// Whether a process can leave a collective only after another one has entered it.
bool AlignmentFinder::waits_for(const Part& who, std::uint32_t whom) {
  switch (who.role) {
    case RegionRole::barrier:
    case RegionRole::all_to_all: return true;
    case RegionRole::one_to_all: return who.root == whom;
    case RegionRole::all_to_one: return who.root == who.process;
    default: return false;
  }
}

void AlignmentFinder::left(const Part& part) {
  Collectives& it = stretches_[part.stretch];
  const auto ended = static_cast<std::int64_t>(part.index) + 1;
  if (part.process != it.first) {
    if (!waits_for(part, it.first)) return;
    Member& member = it.members[part.process];
    const std::int64_t most = it.members[it.first].entered - ended;
    member.most = std::min(member.most.value_or(most), most);
    return;
  }
  for (auto& [process, member] : it.members) {
    if (process == part.process || !waits_for(part, process)) continue;
    const std::int64_t least = ended - member.entered;
    member.least = std::max(member.least.value_or(least), least);
  }
}

std::map<std::uint32_t, std::uint64_t> AlignmentFinder::shifts_of(const Members& members) {
  std::int64_t lowest = 0;
  const auto shift_of = [](const Member& it) { return it.most.value_or(it.least.value_or(0)); };
  for (const auto& [process, member] : members) lowest = std::min(lowest, shift_of(member));
  std::map<std::uint32_t, std::uint64_t> shifts;
  for (const auto& [process, member] : members)
    shifts[process] = static_cast<std::uint64_t>(shift_of(member) - lowest);
  return shifts;
}

Alignment AlignmentFinder::find() const {
  Alignment alignment;
  for (const auto& [envelope, channel] : channels_)
    if (channel.fewest_waiting.value_or(0) != 0)
      alignment.unpaired_[envelope] = *channel.fewest_waiting;
  for (const auto& [stretch, collectives] : stretches_)
    alignment.shifts_[stretch] = shifts_of(collectives.members);
  return alignment;
}

}  // namespace foundation::analysis
