#pragma once

#include <chrono>
#include <cstdint>
#include <optional>

#include "capture/process_log.hpp"
#include "capture/process_watch.hpp"
#include "capture/window.hpp"
#include "capture/window_file.hpp"

namespace foundation::capture {

/// Switches the recording of one process on and off as the windows of its job say: by the word in
/// the mapped header of the recording, so the program itself is told nothing. What was done goes
/// to the process's log, where whoever has asked for it finds it.
///
/// All wrappers of a job together look at most 1,000 times a second whether there is a new window.
/// Local, one thread.
class WindowFollower {
 public:
  using Clock = std::chrono::steady_clock;
  struct Participant {
    std::int32_t rank = 0;
    std::int32_t ranks = 1;
  };

  /// `own`: the window that the job itself starts with, if it does; the file knows better.
  WindowFollower(WindowFile windows, Participant self, std::optional<Window> own);

  /// What is recorded from the first instruction on.
  [[nodiscard]] std::uint32_t first_classes() const;
  /// The program has started: times of its first window count from now.
  void begin(Clock::time_point now, ProcessLog& log);
  /// Brings the recording to the state that the windows want it in at this moment.
  void follow(Clock::time_point now, RecordingWatch& recording, ProcessLog& log);
  /// When there may be something to do again, after `now`.
  [[nodiscard]] Clock::time_point next(Clock::time_point now) const noexcept;
  /// The program has ended, and with it its part in an open window.
  void end(ProcessLog& log);

 private:
  struct Current {
    Window window;
    Clock::time_point since;
    std::uint64_t bytes_before = 0;
    WindowState state = WindowState::closed;  ///< as the log has it
  };
  void look_for_windows(Clock::time_point now, RecordingWatch& recording, ProcessLog& log);
  void take(const std::optional<Window>& window, Clock::time_point since);
  void keep_to_window(Clock::time_point now, RecordingWatch& recording, ProcessLog& log);
  void enter(WindowState state, core::Time at, ProcessLog& log);
  void close(RecordingWatch& recording, ProcessLog& log, const char* ended_by);

  WindowFile windows_;
  Participant self_;
  std::optional<Current> current_;         ///< open, and this process is in its scope
  std::optional<std::uint64_t> known_id_;  ///< of the open window, as far as is known here
  std::uint64_t file_size_ = 0;
  core::Time made_;  ///< when this object was
  Clock::time_point next_look_{};
};

}  // namespace foundation::capture
