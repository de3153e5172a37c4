#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "core/time.hpp"

/// When the time that this process was granted is over. Local; nothing here starts a process.
namespace foundation::cluster {

/// What the environment says about the batch job around this process.
struct BatchJob {
  std::string id;                          ///< SLURM_JOB_ID
  std::optional<core::WallLabel> ends_at;  ///< SLURM_JOB_END_TIME, from Slurm 22.05.9 on
};
/// Nothing outside of a Slurm job. A variable that makes no sense counts as absent.
[[nodiscard]] std::optional<BatchJob> read_batch_job();

/// An end as people write it: `in 55m`, `55m`, `17:30` or `17:30:00` (the next time the clock
/// shows that), `2026-03-09T17:30`, with seconds or a blank instead of the T if wanted, and Z at
/// the end for UTC; else the local time zone. Throws core::Error{usage} for anything else, and
/// for a moment that has passed.
[[nodiscard]] core::WallLabel parse_end_time(std::string_view text, core::WallLabel now);

/// "1700000000" -> that moment; nothing for garbage and 0.
[[nodiscard]] std::optional<core::WallLabel> parse_epoch_seconds(std::string_view text);

/// The time left as `squeue -o %L` prints it: `1-02:03:04`, `02:03:04`, `03:04`. Nothing for
/// UNLIMITED, NOT_SET, INVALID and garbage.
[[nodiscard]] std::optional<core::Duration> parse_time_left(std::string_view text);

}  // namespace foundation::cluster
