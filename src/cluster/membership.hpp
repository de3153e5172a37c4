#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "cluster/registry.hpp"
#include "cluster/roles.hpp"
#include "core/time.hpp"

namespace foundation::cluster {

/// Roles of every session. Who has one is a service of the same name; of a node's,
/// "node_sampler/node3".
namespace role {
inline constexpr std::string_view coordinator = "coordinator";    ///< one a job
inline constexpr std::string_view publisher = "publisher";        ///< one a job: makes the view
inline constexpr std::string_view node_sampler = "node_sampler";  ///< one a node
}  // namespace role

/// The ranks of a session with what they offer and the roles they have: the registry and the
/// roles, kept in step. The coordinator's rank joins first. Pure: the caller passes the time in.
///
/// Local, one thread.
class Membership {
 public:
  explicit Membership(core::Duration lease);

  /// Each returns the roles that have changed hands by it. To join again changes nothing.
  std::vector<RoleChange> join(std::uint32_t rank, std::string_view node, core::Time now,
                               core::WallLabel at);
  std::vector<RoleChange> leave(std::uint32_t rank, core::Time now, core::WallLabel at);
  /// Renews the lease of each rank by when it was last heard of; those that were silent for
  /// longer have left.
  std::vector<RoleChange> renew(const std::function<core::Time(std::uint32_t rank)>& heard_at,
                                core::Time now, core::WallLabel at);
  /// False when another rank holds the name.
  bool offer(Service service, core::Time now) { return registry_.add(std::move(service), now); }

  /// Who says how the node is; nobody is left there: nothing.
  [[nodiscard]] std::optional<std::uint32_t> sampler_of(std::string_view node) const {
    return roles_.holder(role::node_sampler, node);
  }
  [[nodiscard]] const Registry& registry() const noexcept { return registry_; }
  [[nodiscard]] RegistryChanges take_changes(core::WallLabel at) {
    return registry_.take_changes(at);
  }

 private:
  std::vector<RoleChange> register_holders(std::vector<RoleChange> changes, core::Time now,
                                           core::WallLabel at);

  Registry registry_;
  Roles roles_;
};

}  // namespace foundation::cluster
