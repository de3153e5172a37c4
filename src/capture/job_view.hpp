#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "capture/process_log.hpp"
#include "capture/trace_folder.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

/// Whether anybody watches over the programs of a job still: by the lock that a wrapper holds on
/// its log or, where the folder holds copies from the nodes, by their being renewed until the
/// node says that it is done.
///
/// Local. Throws core::Error{io}.
class Attendance {
 public:
  Attendance(const TraceFolder& folder, const JobFile& job);

  [[nodiscard]] bool operator()(const std::filesystem::path& log) const;
  /// How old a copy is by the clock of its file system; 0 for what is no copy.
  [[nodiscard]] std::chrono::nanoseconds age_of(const std::filesystem::path& copy) const;

 private:
  TraceFolder folder_;
  bool is_copied_;
  std::int64_t now_ns_;
};

/// A process of a traced job, seen from outside while it runs.
struct ParticipantView {
  ProcessFacts facts;               ///< without its samples
  bool is_recorded = false;         ///< there is a recording, and it can be read
  std::uint64_t events = 0;         ///< recorded since its start
  std::uint64_t dropped = 0;        ///< that found no room
  std::uint64_t bytes = 0;          ///< of its recording, on disk
  std::chrono::nanoseconds age{0};  ///< of the copy that was looked at

  [[nodiscard]] bool is_running() const noexcept { return facts.ending == Ending::running; }
  /// What became of a window in it; nullptr if it does not know that one.
  [[nodiscard]] const ProcessWindow* window(std::uint64_t id) const noexcept;
};

struct JobView {
  TraceFolder folder;
  JobFile job;
  std::vector<Window> windows;
  std::vector<ParticipantView> participants;  ///< in the order of ranks
  std::int32_t ranks = 0;                     ///< that the job has, as far as is known

  [[nodiscard]] bool is_running() const noexcept;
};

/// Looks at a job as it is now. Throws core::Error{io, bad_input}.
[[nodiscard]] JobView view_job(const TraceFolder& folder);

/// Whether a window has ended by itself in every process that runs still.
[[nodiscard]] bool is_over(const JobView& job, const Window& window);

}  // namespace foundation::capture
