#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

#include "campaign/launcher.hpp"
#include "campaign/records.hpp"
#include "journal/posix_disk.hpp"

/// What a launcher reads in the run folder, beside those who write there.
namespace foundation::runtime {

/// A quick look: file names, sizes and small files. The ranks of this launch carry a value of
/// launch_id_variable that begins with `mark`.
[[nodiscard]] campaign::RunState look_at_run(const journal::PosixDisk& disk,
                                             const std::filesystem::path& run,
                                             std::string_view mark);

struct JournalSummary {
  std::uint64_t evaluations = 0;  ///< different cells off the test split, as a resume counts them
  std::optional<campaign::FinishedRecord> finished;
};
/// Reads all of it. Throws core::Error{corrupt_data}.
[[nodiscard]] JournalSummary summarise_journal(const journal::Disk& disk,
                                               journal::DamagePolicy policy);

}  // namespace foundation::runtime
