#pragma once

#include <compare>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/time.hpp"

/// Who offers what in a running job: one table at the coordinator, copies elsewhere by deltas.
namespace foundation::cluster {

/// What services say they can do.
namespace capability {
inline constexpr std::string_view trace_participant = "trace_participant";
inline constexpr std::string_view trace_coordinator = "trace_coordinator";
inline constexpr std::string_view optimization_coordinator = "optimization_coordinator";
inline constexpr std::string_view program_evaluation = "dspy_evaluation";
inline constexpr std::string_view optimization = "ai_optimization";
}  // namespace capability

struct Metadatum {
  std::string key;
  std::string value;
  auto operator<=>(const Metadatum&) const = default;
};

struct Service {
  std::string name;          ///< unique in a job: "evaluation_worker/node3/17"
  std::uint32_t holder = 0;  ///< rank
  std::string node;
  std::vector<std::string> capabilities;
  std::vector<Metadatum> metadata;
  core::WallLabel registered_at = 0;
  bool operator==(const Service&) const = default;
};

/// What to look for; empty parts match everything.
struct ServiceQuery {
  std::string name;
  std::vector<std::string> capabilities;  ///< all of them
  std::vector<Metadatum> metadata;        ///< all of them
};

/// The changes that lead from one version of the table to another.
struct RegistryDelta {
  std::uint64_t version = 0;         ///< of the table after it
  bool from_nothing = false;         ///< a whole table: forget what was there before
  std::vector<Service> present;      ///< new or changed, by name
  std::vector<std::string> removed;  ///< by name
};

/// Service registry as a pure table: the caller passes the time in, equal calls give equal tables,
/// and look-ups answer in the order of names. An entry lives until its lease ends; the heartbeats
/// of its holder renew it. What `add` has returned true for is seen by every later look-up.
///
/// Local, one thread.
class Registry {
 public:
  explicit Registry(core::Duration lease) : lease_{lease} {}

  /// False when another rank holds the name: `find` says who. The same holder replaces its entry.
  bool add(Service service, core::Time now);
  /// False unless `holder` holds the name.
  bool remove(std::string_view name, std::uint32_t holder);
  /// A rank is gone: takes all its entries out and returns them.
  std::vector<Service> remove_holder(std::uint32_t holder);
  /// A sign of life of a rank renews all its leases.
  void renew(std::uint32_t holder, core::Time now);
  /// Takes out and returns the entries whose lease has ended.
  std::vector<Service> expire(core::Time now);

  /// Null when the name is free.
  [[nodiscard]] const Service* find(std::string_view name) const;
  [[nodiscard]] std::vector<Service> discover(const ServiceQuery& query) const;
  [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

  /// Grows with every change; 0 is the empty table at the start.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }
  /// What happened after version `since`: the whole table when that is too long ago.
  [[nodiscard]] RegistryDelta delta(std::uint64_t since) const;

 private:
  struct Entry {
    Service service;
    core::Time lease_end;
    std::uint64_t version = 0;
  };
  using Entries = std::map<std::string, Entry, std::less<>>;
  Entries::iterator take_out(Entries::iterator entry, std::vector<Service>* removed);
  template <class Condition>
  std::vector<Service> remove_if(const Condition& condition);

  core::Duration lease_;
  Entries entries_;
  std::map<std::uint64_t, std::string> removals_;  ///< by version, the latest ones
  std::uint64_t oldest_delta_ = 0;                 ///< removals up to this version are forgotten
  std::uint64_t version_ = 0;
};

/// A copy of the table, kept up to date by deltas.
class RegistryCopy {
 public:
  /// Deltas that are older than the copy change nothing.
  void apply(const RegistryDelta& delta);
  [[nodiscard]] std::vector<Service> discover(const ServiceQuery& query) const;
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

 private:
  std::map<std::string, Service, std::less<>> services_;
  std::uint64_t version_ = 0;
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
void serialize(Archive& archive, RegistryDelta& it, unsigned /*version*/) {
  archive & it.version & it.from_nothing & it.present & it.removed;
}
// clang-format on

}  // namespace foundation::cluster
