#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "analysis/trace_set.hpp"
#include "capture/call_counts.hpp"
#include "capture/process_log.hpp"
#include "capture/trace_folder.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

/// Consecutive rows of /events: what is left of one thread's events.
struct ThreadRows {
  std::uint32_t process = 0;
  std::uint32_t stream = 0;
  std::uint64_t first_row = 0;
  trace::StreamExtent extent;
  [[nodiscard]] std::uint64_t rows() const noexcept { return extent.published - extent.oldest; }
};

/// Consecutive events of a thread, counters or marks among them.
struct PointBlock {
  std::uint32_t stream = 0;
  std::uint64_t first_event = 0;
  std::uint32_t events = 0;
  std::uint32_t counters = 0;
  std::uint32_t marks = 0;
};

/// A process of the trace: what its wrapper knows, what it recorded, or both.
struct ProcessEntry {
  std::optional<std::uint32_t> recorded;  ///< index into TraceSet::processes, the same as the row
  ProcessFacts facts;
  std::uint64_t emitted = 0;
  std::uint64_t kept = 0;
  std::uint64_t dropped = 0;
  analysis::TraceTime first_event = -1;
  analysis::TraceTime last_event = -1;
  std::vector<CallCount> calls;    ///< by the region ids of the process
  std::vector<PointBlock> points;  ///< in the order of its threads and their events
};

/// Everything in a job's folder, as it was when it was opened: recordings, and the logs of the
/// wrappers. Recordings that cannot be read are left out and named. Of events in windows whose
/// scope names communicators or regions, only what is about them is there.
///
/// Local. Throws core::Error{io}.
class TraceData {
 public:
  /// `recordings`: instead of those in the folder, if there are any. `window`: only what was
  /// recorded in it.
  TraceData(const TraceFolder& folder, const JobFile& job,
            std::vector<std::filesystem::path> recordings = {},
            std::optional<std::uint64_t> window = {});

  /// Reads all events once, counts the calls, and notes where counters and marks are; OpenMP over
  /// the processes.
  void count_calls();

  [[nodiscard]] const analysis::TraceSet* recordings() const noexcept {
    return recordings_ ? &*recordings_ : nullptr;
  }
  [[nodiscard]] const std::vector<ProcessEntry>& processes() const noexcept { return processes_; }
  [[nodiscard]] const std::vector<ThreadRows>& threads() const noexcept { return threads_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  /// Events that were recorded, but that no window's scope keeps.
  [[nodiscard]] std::uint64_t left_out() const noexcept { return left_out_; }
  /// Sentences about what the scopes of windows name and no process knows.
  [[nodiscard]] const std::vector<std::string>& notes() const noexcept { return notes_; }
  [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_; }
  /// Names of regions, counters, marks and communicators that found no room.
  [[nodiscard]] std::uint64_t names_dropped() const noexcept { return names_dropped_; }
  [[nodiscard]] std::int32_t ranks() const noexcept { return ranks_; }
  [[nodiscard]] std::uint32_t hosts() const noexcept { return hosts_; }
  [[nodiscard]] std::int64_t started_at() const noexcept { return started_at_; }
  [[nodiscard]] analysis::TraceTime duration() const noexcept { return duration_; }
  [[nodiscard]] const std::string& command() const noexcept { return command_; }
  /// "complete", "recovered" or "partial", and who is missing or damaged, in words.
  [[nodiscard]] const std::string& status() const noexcept { return status_; }
  [[nodiscard]] const std::string& missing() const noexcept { return missing_; }
  [[nodiscard]] const std::vector<Window>& windows() const noexcept { return windows_; }
  /// What was read: to be removed once it is safe elsewhere.
  [[nodiscard]] const std::vector<std::filesystem::path>& files() const noexcept { return files_; }

 private:
  void open_recordings(const std::vector<std::filesystem::path>& files);
  void join_logs(std::vector<ProcessFacts> logs);
  void keep_window(std::uint64_t id);
  void count_emitted();
  void keep_scopes();
  void lay_out_events();
  void judge();
  void count_calls_of(ProcessEntry& entry) const;

  std::optional<analysis::TraceSet> recordings_;
  std::vector<ProcessEntry> processes_;
  std::vector<ThreadRows> threads_;
  std::vector<std::filesystem::path> files_;
  std::vector<Window> windows_;
  std::vector<std::string> damaged_;
  std::vector<std::string> notes_;
  std::uint64_t events_ = 0;
  std::uint64_t left_out_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t names_dropped_ = 0;
  std::int32_t ranks_ = 0;
  std::uint32_t hosts_ = 1;
  std::int64_t started_at_ = 0;
  analysis::TraceTime duration_ = 0;
  std::string command_, status_, missing_;
};

}  // namespace foundation::capture
