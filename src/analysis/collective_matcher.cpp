#include "analysis/collective_matcher.hpp"

namespace foundation::analysis {

CollectiveMatcher::Handle CollectiveMatcher::begin(const Begin& begin) {
  const Stretch stretch{begin.communicator, begin.window};
  Progress& progress = stretches_[stretch];
  const std::uint64_t index = progress.begun[begin.site.process]++;
  const std::uint64_t number =
      index + (alignment_ == nullptr ? 0 : alignment_->shift(stretch, begin.site.process));
  Collective& it = progress.open[number].collective;
  if (it.parts.empty()) {
    it.communicator = begin.communicator;
    it.number = number;
    it.role = begin.role;
    it.root = begin.root;
    it.expected = begin.members;
  }
  const std::uint32_t function = it.parts.empty() ? begin.function : it.parts.front().function;
  if (it.root < 0) it.root = begin.root;
  const bool same_root = begin.root < 0 || it.root == begin.root;
  it.consistent = it.consistent && function == begin.function && same_root;
  Participation part;
  part.site = begin.site;
  part.rank = begin.rank;
  part.root = begin.root;
  part.is_root = begin.is_root;
  part.function = begin.function;
  part.posted = begin.posted;
  part.bytes = begin.bytes;
  part.begun_in = begin.site.stream;
  part.event = begin.event;
  it.parts.push_back(part);
  const AlignmentFinder::Part found{stretch, begin.site.process, index, begin.role,
                                    begin.root_process};
  if (finder_ != nullptr) finder_->entered(found);
  return {stretch, number, static_cast<std::uint32_t>(it.parts.size() - 1), found};
}

void CollectiveMatcher::end(const Handle& handle, const Site& site, TraceTime enter,
                            TraceTime leave) {
  if (finder_ != nullptr) finder_->left(handle.found);
  Progress& progress = stretches_[handle.stretch];
  const auto found = progress.open.find(handle.number);
  if (found == progress.open.end()) return;
  Open& open = found->second;
  Participation& part = open.collective.parts[handle.part];
  part.site = site;
  part.enter = enter;
  part.leave = leave;
  if (++open.ended < open.collective.expected) return;
  sink_.collective(open.collective);
  progress.open.erase(found);
}

void CollectiveMatcher::finish() {
  for (const auto& [stretch, progress] : stretches_)
    for (const auto& [number, open] : progress.open) sink_.collective(open.collective);
  stretches_.clear();
}

}  // namespace foundation::analysis
