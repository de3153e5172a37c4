#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "capture/trace_folder.hpp"

namespace foundation::capture {

enum class Recordings { remove, keep };
enum class IfMerging { wait, refuse };
/// `growing`: the job goes on meanwhile. Buffers that are overwritten are copied first.
enum class JobState { over, growing };

struct MergeRequest {
  std::filesystem::path output;  ///< where the job said, if empty
  Recordings recordings = Recordings::remove;
  IfMerging if_merging = IfMerging::refuse;
  JobState job = JobState::over;
  std::optional<std::uint64_t> window{};  ///< only what was recorded in it
};

struct MergeSummary {
  std::filesystem::path output;
  std::uint64_t events = 0;
  std::uint64_t dropped = 0;
  std::uint64_t names_dropped = 0;
  std::size_t processes = 0;
  std::uint64_t file_bytes = 0;
  std::string status;              ///< "complete", "recovered", "partial"
  std::string missing;             ///< who, in words
  std::string cause;               ///< of there being no event at all, in words
  std::uint64_t left_out = 0;      ///< events that no window's scope keeps
  std::vector<std::string> notes;  ///< about names in scopes that no process knows

  /// A few lines for people.
  [[nodiscard]] std::string text() const;
};

/// Makes the HDF5 file of a trace from its folder, as often as one likes and with the same result;
/// when the file is durable the recordings are removed, unless they are to be kept or processes
/// still record. Throws core::Error{io, bad_input}, or {conflict} when somebody else is at it.
MergeSummary merge(const TraceFolder& folder, const MergeRequest& request);

}  // namespace foundation::capture
