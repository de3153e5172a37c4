#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <sys/types.h>

#include "capture/process_log.hpp"
#include "trace/layout.hpp"

namespace foundation::capture {

/// What a process uses, from /proc; nothing once it is gone.
[[nodiscard]] std::optional<ProcessSample> sample_process(pid_t process);

/// The header of a recording, mapped while its process records, to note moments of the clock and
/// to switch classes of events. A recording that is not there yet is looked for again each time.
///
/// Local, one thread. Never throws: without a recording there is nothing to do.
class RecordingWatch {
 public:
  explicit RecordingWatch(std::filesystem::path file) : file_{std::move(file)} {}
  RecordingWatch(const RecordingWatch&) = delete;
  RecordingWatch& operator=(const RecordingWatch&) = delete;
  ~RecordingWatch();

  [[nodiscard]] bool is_there() noexcept { return open(); }
  /// Notes the same moment on all clocks (FileHeader::watched_at).
  void note_time() noexcept;
  /// False if there is no recording yet.
  bool set_control(std::uint32_t classes) noexcept;
  /// The process that records, the program or a child of it; 0 if there is no recording yet.
  [[nodiscard]] pid_t process() noexcept;
  /// What the recording takes on its disk.
  [[nodiscard]] std::uint64_t bytes() const noexcept;

 private:
  bool open() noexcept;
  std::filesystem::path file_;
  trace::FileHeader* header_ = nullptr;
};

}  // namespace foundation::capture
