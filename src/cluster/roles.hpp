#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::cluster {

/// How many ranks hold a role at a time.
enum class RoleScope : std::uint8_t {
  job,   ///< one of all ranks
  node,  ///< one of each node's ranks: its leader
};

/// One place to be held. `node` is empty for a role of the whole job.
struct RolePlace {
  std::string role;
  std::string node;
  auto operator<=>(const RolePlace&) const = default;
};

/// A place has got another holder, or has none any more.
struct RoleChange {
  RolePlace place;
  std::optional<std::uint32_t> from;
  std::optional<std::uint32_t> to;
  bool operator==(const RoleChange&) const = default;
};

/// Which rank does what. The holder is the lowest rank that is there, and stays it until it is
/// lost: a lower rank that comes later takes nothing away. Pure: a function of the calls, in the
/// order they came.
///
/// Local, one thread.
class Roles {
 public:
  /// Each of these returns what has changed, in the order of roles and nodes. Announcing a role
  /// or a rank again changes nothing; a rank stays on its node.
  std::vector<RoleChange> announce(std::string_view role, RoleScope scope);
  std::vector<RoleChange> rank_joined(std::uint32_t rank, std::string_view node);
  std::vector<RoleChange> rank_lost(std::uint32_t rank);

  /// None: nobody is there. For a role of a node name the node.
  [[nodiscard]] std::optional<std::uint32_t> holder(std::string_view role,
                                                    std::string_view node = {}) const;
  /// Empty: the rank is not there.
  [[nodiscard]] std::string node_of(std::uint32_t rank) const;

 private:
  std::vector<RoleChange> settle();
  [[nodiscard]] std::optional<std::uint32_t> successor(const RolePlace& place) const;

  std::map<std::string, RoleScope, std::less<>> scopes_;
  std::map<std::string, std::set<std::uint32_t>, std::less<>> ranks_;  ///< by node
  std::map<std::uint32_t, std::string> nodes_;                         ///< by rank
  std::map<RolePlace, std::uint32_t> holders_;
};

}  // namespace foundation::cluster
