#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "core/hash.hpp"
#include "core/time.hpp"
#include "journal/journal.hpp"

namespace foundation::runtime {

inline constexpr std::string_view view_file = "run.h5";
inline constexpr std::string_view effective_job_file = "job.toml";
inline constexpr std::string_view identity_file =
    "identity";                                        ///< digest of the job, for finding it
inline constexpr std::string_view stop_file = "stop";  ///< `touch` it to stop the run

/// `<job>-<UTC yyyymmddThhmmss>-<word>`: sortable by time, told apart by the word.
[[nodiscard]] std::string run_name(std::string_view job, core::WallLabel now);

/// Makes a new run folder (0700) with identity and effective job file in it, durably, and lets
/// `<runs>/latest` point to it. Throws core::Error{io} with a remedy.
[[nodiscard]] std::filesystem::path create_run(const std::filesystem::path& runs,
                                               std::string_view job, const core::Digest& identity,
                                               std::string_view effective_toml);
/// Refuses, as core::Error{bad_input}, a folder of runs that everybody may write to, or that lies
/// in such a folder, unless its sticky bit keeps them from what is not theirs. Members of a group
/// are trusted: shared project folders are theirs to write.
void require_safe_place(const std::filesystem::path& runs);
/// The newest run of the same job, whatever state it is in, among the folders this user owns.
[[nodiscard]] std::optional<std::filesystem::path> find_same_job(const std::filesystem::path& runs,
                                                                 std::string_view job,
                                                                 const core::Digest& identity);
/// Whether the folder says that it is a run of the job with this identity.
[[nodiscard]] bool is_run_of(const std::filesystem::path& run, const core::Digest& identity);
/// Lets `<runs>/latest` point to this run.
void point_latest(const std::filesystem::path& run);

/// Tidies up after the sessions before, once the run is ours: small files that were being written
/// when their process was killed, and the stop file, which was not meant for us.
void remove_left_overs(const std::filesystem::path& run);

/// This process as the owner of the next epoch.
[[nodiscard]] journal::Claim describe_this_process();

enum class OwnerState : std::uint8_t { gone, alive, unknown };
/// Whether the process behind a claim still runs: certain on this host, unknown on another.
[[nodiscard]] OwnerState owner_state(const journal::Claim& claim);

}  // namespace foundation::runtime
