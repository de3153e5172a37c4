#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "journal/disk.hpp"
#include "journal/journal.hpp"

namespace foundation::report {

/// What is left of a journal, sound or damaged, and what a salvage would keep and lose.
struct Examination {
  journal::TailState tail = journal::TailState::clean;
  std::string torn_file;  ///< if torn
  std::uint64_t torn_bytes = 0;
  std::vector<journal::DamagePlace> damage;
  journal::Sequence kept = 0;           ///< records 1 to this one are whole
  journal::Sequence highest_known = 0;  ///< records above `kept` up to this one are lost, at most
  std::uint64_t candidates = 0;         ///< among what is kept
  std::uint64_t evaluations = 0;
  /// Record that run.h5 rests on, if it can be read; it may hold what the journal has lost.
  std::optional<journal::Sequence> view;

  [[nodiscard]] bool is_damaged() const noexcept { return !damage.empty(); }
};

/// Changes nothing. Throws core::Error{bad_input} for a journal of another format version,
/// {corrupt_data} when the records before the damage contradict each other, and {io}. The calling
/// process must have one thread (storage::run_isolated).
[[nodiscard]] Examination examine_journal(const std::filesystem::path& run_folder,
                                          const journal::Disk& disk);

[[nodiscard]] std::string describe(const Examination& examination, std::string_view run);
[[nodiscard]] std::string to_json(const Examination& examination, std::string_view run);

}  // namespace foundation::report
