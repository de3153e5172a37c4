#include "cluster/roles.hpp"

namespace foundation::cluster {

std::vector<RoleChange> Roles::announce(std::string_view role, RoleScope scope) {
  scopes_.try_emplace(std::string{role}, scope);
  return settle();
}

std::vector<RoleChange> Roles::rank_joined(std::uint32_t rank, std::string_view node) {
  if (!nodes_.try_emplace(rank, node).second) return {};
  ranks_[std::string{node}].insert(rank);
  return settle();
}

std::vector<RoleChange> Roles::rank_lost(std::uint32_t rank) {
  const auto known = nodes_.find(rank);
  if (known == nodes_.end()) return {};
  ranks_[known->second].erase(rank);
  nodes_.erase(known);
  return settle();
}

std::optional<std::uint32_t> Roles::holder(std::string_view role, std::string_view node) const {
  const auto found = holders_.find(RolePlace{std::string{role}, std::string{node}});
  return found == holders_.end() ? std::nullopt : std::optional{found->second};
}

std::string Roles::node_of(std::uint32_t rank) const {
  const auto known = nodes_.find(rank);
  return known == nodes_.end() ? std::string{} : known->second;
}

std::optional<std::uint32_t> Roles::successor(const RolePlace& place) const {
  if (place.node.empty())
    return nodes_.empty() ? std::nullopt : std::optional{nodes_.begin()->first};
  const std::set<std::uint32_t>& there = ranks_.at(place.node);
  return there.empty() ? std::nullopt : std::optional{*there.begin()};
}

/// Fills the places whose holder is gone.
std::vector<RoleChange> Roles::settle() {
  std::vector<RolePlace> places;
  for (const auto& [role, scope] : scopes_) {
    if (scope == RoleScope::job) places.push_back({role, {}});
    if (scope != RoleScope::node) continue;
    for (const auto& [node, ranks] : ranks_) places.push_back({role, node});
  }
  std::vector<RoleChange> changes;
  for (const RolePlace& place : places) {
    const auto before = holder(place.role, place.node);
    if (before && nodes_.contains(*before)) continue;
    const auto after = successor(place);
    if (before == after) continue;
    if (after) {
      holders_[place] = *after;
    } else {
      holders_.erase(place);
    }
    changes.push_back({place, before, after});
  }
  return changes;
}

}  // namespace foundation::cluster
