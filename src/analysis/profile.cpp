#include "analysis/profile.hpp"

#include "core/contracts.hpp"

namespace foundation::analysis {

std::uint32_t Profile::child(std::uint32_t parent, std::uint32_t region) {
  for (std::uint32_t it = nodes_[parent].child; it != 0; it = nodes_[it].sibling)
    if (nodes_[it].region == region) return it;
  const auto added = static_cast<std::uint32_t>(nodes_.size());
  nodes_.push_back({.region = region, .parent = parent, .sibling = nodes_[parent].child});
  nodes_[parent].child = added;
  return added;
}

void Profile::enter(std::uint32_t stream, std::uint32_t region, TraceTime at) {
  if (stream >= stacks_.size()) stacks_.resize(stream + std::size_t{1});
  std::vector<Open>& stack = stacks_[stream];
  const std::uint32_t above = stack.empty() ? 0 : stack.back().node;
  std::uint32_t node = above;
  while (node != 0 && nodes_[node].region != region) node = nodes_[node].parent;
  const bool outermost = node == 0;
  if (outermost) node = child(above, region);
  ++nodes_[node].count;
  stack.push_back({.node = node, .at = at, .outermost = outermost});
}

void Profile::leave(std::uint32_t stream, TraceTime at) {
  EXPECTS(stream < stacks_.size() && !stacks_[stream].empty());
  std::vector<Open>& stack = stacks_[stream];
  const Open open = stack.back();
  stack.pop_back();
  const TraceTime duration = at - open.at;
  nodes_[open.node].self += duration - open.inside;
  if (open.outermost) nodes_[open.node].inclusive += duration;
  if (!stack.empty()) stack.back().inside += duration;
}

// A region lies on no path twice, so its nodes never contain each other.
std::map<std::uint32_t, Profile::RegionTime> Profile::regions() const {
  std::map<std::uint32_t, RegionTime> found;
  for (std::size_t i = 1; i < nodes_.size(); ++i) {
    RegionTime& it = found[nodes_[i].region];
    it.count += nodes_[i].count;
    it.inclusive += nodes_[i].inclusive;
    it.self += nodes_[i].self;
  }
  return found;
}

}  // namespace foundation::analysis
