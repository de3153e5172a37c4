#pragma once

#include <span>
#include <string>
#include <string_view>

#include "job/detail/reading.hpp"
#include "job/job.hpp"

namespace foundation::job::detail {

/// One key of the job file: what is documented of it, how it is read and how it is written.
struct Key {
  KeyInfo info;
  void (*assign)(Job& job, const Reading& value);
  /// TOML text of the value; empty when there is none to be written.
  std::string (*show)(const Job& job);
};

/// In the order of the documentation; the keys of a section stand together.
[[nodiscard]] std::span<const Key> all_keys() noexcept;

/// Tables that all_keys() joins, by what they are about.
[[nodiscard]] std::span<const Key> command_keys() noexcept;
[[nodiscard]] std::span<const Key> execution_keys() noexcept;
[[nodiscard]] std::span<const Key> lm_keys() noexcept;
[[nodiscard]] std::span<const Key> metric_keys() noexcept;
[[nodiscard]] std::span<const Key> objective_keys() noexcept;
[[nodiscard]] std::span<const Key> strategy_keys() noexcept;

/// Type of keys whose value is a list of names; a scope fits if one of them is in the list.
inline constexpr std::string_view list_of_names = "list of names";
/// The key means something to this job, as far as other keys decide.
[[nodiscard]] bool applies(const Job& job, const KeyInfo& info);
/// TOML text of the effective value; empty when the key does not apply to this job.
[[nodiscard]] std::string shown(const Job& job, const Key& key);

/// "strategy.candidates".
[[nodiscard]] std::string path_of(const KeyInfo& info);
/// Null when unknown.
[[nodiscard]] const Key* find_key(std::string_view path) noexcept;
/// "trainset", "trainset.split", ...
[[nodiscard]] bool is_section(std::string_view path) noexcept;

/// The keys of language-model programs; empty texts for other kinds.
void assign_stages(Job& job, const Reading& value);
[[nodiscard]] std::string show_stages(const Job& job);
void assign_endpoints(Job& job, const Reading& value);
[[nodiscard]] std::string show_endpoints(const Job& job);
void assign_cache(Job& job, const Reading& value);
[[nodiscard]] std::string show_cache(const Job& job);

/// The keys that change the space of the program.
void assign_constraints(Job& job, const Reading& value);
[[nodiscard]] std::string show_constraints(const Job& job);
void assign_parameters(Job& job, const Reading& value);
[[nodiscard]] std::string show_parameters(const Job& job);
void assign_starting_points(Job& job, const Reading& value);
[[nodiscard]] std::string show_starting_points(const Job& job);

}  // namespace foundation::job::detail
