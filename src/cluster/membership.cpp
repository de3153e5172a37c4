#include "cluster/membership.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace foundation::cluster {
namespace {

struct KnownRole {
  std::string_view name;
  RoleScope scope;
  std::string_view capability;
};
constexpr std::array known_roles{
    KnownRole{role::coordinator, RoleScope::job, capability::optimization_coordinator},
    KnownRole{role::publisher, RoleScope::job, capability::publishing},
    KnownRole{role::node_sampler, RoleScope::node, capability::node_sampling}};

std::string service_name(const RolePlace& place) {
  return place.node.empty() ? place.role : place.role + '/' + place.node;
}

}  // namespace

Membership::Membership(core::Duration lease) : registry_{lease} {
  for (const KnownRole& role : known_roles) roles_.announce(role.name, role.scope);
}

std::vector<RoleChange> Membership::join(std::uint32_t rank, std::string_view node, core::Time now,
                                         core::WallLabel at) {
  return register_holders(roles_.rank_joined(rank, node), now, at);
}

std::vector<RoleChange> Membership::leave(std::uint32_t rank, core::Time now, core::WallLabel at) {
  registry_.remove_holder(rank);
  return register_holders(roles_.rank_lost(rank), now, at);
}

std::vector<RoleChange> Membership::renew(const std::function<core::Time(std::uint32_t)>& heard_at,
                                          core::Time now, core::WallLabel at) {
  for (const std::uint32_t rank : registry_.holders()) registry_.renew(rank, heard_at(rank));
  std::vector<RoleChange> changes;
  for (const std::uint32_t rank : registry_.expire(now))
    for (RoleChange& change : leave(rank, now, at)) changes.push_back(std::move(change));
  return changes;
}

std::vector<RoleChange> Membership::register_holders(std::vector<RoleChange> changes,
                                                     core::Time now, core::WallLabel at) {
  for (const RoleChange& change : changes) {
    if (!change.to) continue;
    const auto known = std::ranges::find(known_roles, change.place.role, &KnownRole::name);
    registry_.add({.name = service_name(change.place),
                   .holder = *change.to,
                   .node = roles_.node_of(*change.to),
                   .capabilities = {std::string{known->capability}},
                   .metadata = {},
                   .registered_at = at},
                  now);
  }
  return changes;
}

}  // namespace foundation::cluster
