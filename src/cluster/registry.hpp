#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

/// Who offers what in a running job: a table at the coordinator, whose changes the journal keeps.
namespace foundation::cluster {

/// What services say they can do.
namespace capability {
inline constexpr std::string_view program_evaluation = "dspy_evaluation";
inline constexpr std::string_view optimization = "ai_optimization";
inline constexpr std::string_view optimization_coordinator = "optimization_coordinator";
inline constexpr std::string_view journal = "journal";
inline constexpr std::string_view publishing = "publishing";
inline constexpr std::string_view node_sampling = "node_sampling";
inline constexpr std::string_view relaunch = "relaunch";
}  // namespace capability

struct Metadatum {
  std::string key;
  std::string value;
  auto operator<=>(const Metadatum&) const = default;
};

struct Service {
  std::string name;          ///< unique in a job: "evaluation_worker/node3/17"
  std::uint32_t holder = 0;  ///< rank that registered it
  std::string node;          ///< empty: unknown
  std::vector<std::string> capabilities;
  std::vector<Metadatum> metadata;
  core::WallLabel registered_at = 0;
  bool operator==(const Service&) const = default;
};

/// Whether it has all of these; every service has none.
[[nodiscard]] bool has_capabilities(const Service& service,
                                    std::span<const std::string> capabilities);

/// What leads from one state of the table to a later one.
struct RegistryChanges {
  std::vector<Service> present;    ///< new or changed, by name
  std::vector<std::string> ended;  ///< by name
  core::WallLabel at = 0;
  [[nodiscard]] bool empty() const noexcept { return present.empty() && ended.empty(); }
};

/// Service registry as a pure table: the caller passes the time in, and equal calls give equal
/// tables. An entry lives until the lease of its holder ends, which signs of life renew. What
/// `add` has returned true for is seen by every later look-up.
///
/// Local, one thread.
class Registry {
 public:
  explicit Registry(core::Duration lease) : lease_{lease} {}

  /// False when another rank holds the name: `find` says who. The same holder replaces its entry.
  bool add(Service service, core::Time now);
  /// A rank is gone, and all its entries with it.
  void remove_holder(std::uint32_t holder);
  /// A rank that has entries was heard of at this moment.
  void renew(std::uint32_t holder, core::Time heard_at);
  /// Holders whose lease has ended: their entries are taken out.
  std::vector<std::uint32_t> expire(core::Time now);

  /// Null when the name is free.
  [[nodiscard]] const Service* find(std::string_view name) const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }
  [[nodiscard]] std::vector<std::uint32_t> holders() const;
  /// What has changed since the last call.
  [[nodiscard]] RegistryChanges take_changes(core::WallLabel at);

 private:
  core::Duration lease_;
  std::map<std::string, Service, std::less<>> entries_;
  std::map<std::uint32_t, core::Time> lease_ends_;  ///< by holder
  std::set<std::string> changed_;                   ///< names
};

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, Metadatum& it, unsigned /*version*/) {
  archive & it.key & it.value;
}
template <class Archive>
void serialize(Archive& archive, Service& it, unsigned /*version*/) {
  archive & it.name & it.holder & it.node & it.capabilities & it.metadata & it.registered_at;
}
template <class Archive>
void serialize(Archive& archive, RegistryChanges& it, unsigned /*version*/) {
  archive & it.present & it.ended & it.at;
}
// clang-format on

}  // namespace foundation::cluster
