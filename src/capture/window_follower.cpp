#include "capture/window_follower.hpp"

#include <algorithm>

#include "core/time.hpp"

namespace foundation::capture {

using std::chrono::milliseconds;

namespace {

/// Communicators are recorded all the time: without them nothing else could be read.
constexpr std::uint32_t when_off = trace::event_class::communicator;

constexpr milliseconds soonest{200};
constexpr milliseconds latest{5000};

milliseconds look_again(std::int32_t ranks) {
  return std::clamp(milliseconds{ranks}, soonest, latest);
}

/// Regions that the scope names must be seen to begin and end.
std::uint32_t classes_of(const Window& window) {
  const std::uint32_t regions = window.scope.regions.empty() ? 0 : trace::event_class::region;
  return window.scope.classes | when_off | regions;
}

}  // namespace

WindowFollower::WindowFollower(WindowFile windows, Participant self, std::optional<Window> own)
    : windows_{std::move(windows)},
      self_{self},
      file_size_{windows_.size()},
      made_{core::monotonic_now()} {
  const std::vector<Window> known = windows_.read();
  take(known.empty() ? std::move(own) : open_window_of(known), {});
}

void WindowFollower::take(const std::optional<Window>& window, Clock::time_point since) {
  known_id_.reset();
  if (!window) return;
  known_id_ = window->id;
  if (window->scope.includes(self_.rank)) current_ = Current{.window = *window, .since = since};
}

std::uint32_t WindowFollower::first_classes() const {
  const bool is_on = current_ && current_->window.scope.from.count() == 0;
  return is_on ? classes_of(current_->window) : when_off;
}

void WindowFollower::begin(Clock::time_point now, ProcessLog& log) {
  next_look_ = now + look_again(self_.ranks);
  if (!current_) return;
  current_->since = now;
  const bool is_on = current_->window.scope.from.count() == 0;
  // The program may have recorded for a moment before this process runs again.
  enter(is_on ? WindowState::recording : WindowState::waiting, made_, log);
}

void WindowFollower::follow(Clock::time_point now, RecordingWatch& recording, ProcessLog& log) {
  if (now >= next_look_) {
    look_for_windows(now, recording, log);
    next_look_ = now + look_again(self_.ranks);
  }
  if (current_ && recording.is_there()) keep_to_window(now, recording, log);
}

void WindowFollower::look_for_windows(Clock::time_point now, RecordingWatch& recording,
                                      ProcessLog& log) {
  const std::uint64_t size = windows_.size();
  if (size == file_size_) return;
  file_size_ = size;
  const std::optional<Window> open = open_window_of(windows_.read());
  if (open && open->id == known_id_) return;
  if (current_) close(recording, log, "stop");
  take(open, now);
}

void WindowFollower::keep_to_window(Clock::time_point now, RecordingWatch& recording,
                                    ProcessLog& log) {
  Current& it = *current_;
  const Scope& scope = it.window.scope;
  const auto age = now - it.since;
  if (age < scope.from) {
    if (it.state != WindowState::waiting) enter(WindowState::waiting, core::monotonic_now(), log);
  } else if (scope.length && age >= scope.from + *scope.length) {
    close(recording, log, "time");
  } else if (it.state != WindowState::recording) {
    it.bytes_before = recording.bytes();
    const core::Time from = core::monotonic_now();  // no event is before it
    recording.set_control(classes_of(it.window));
    enter(WindowState::recording, from, log);
  } else if (const std::uint64_t most = it.window.options.max_size;
             most > 0 && recording.bytes() >= it.bytes_before + most) {
    close(recording, log, "size");
  }
}

void WindowFollower::enter(WindowState state, core::Time at, ProcessLog& log) {
  current_->state = state;
  log.window(current_->window.id, state, at);
}

void WindowFollower::close(RecordingWatch& recording, ProcessLog& log, const char* ended_by) {
  recording.set_control(when_off);
  log.window(current_->window.id, WindowState::closed, core::monotonic_now(), ended_by);
  current_.reset();
}

WindowFollower::Clock::time_point WindowFollower::next(Clock::time_point now) const noexcept {
  auto next = next_look_;
  if (!current_) return next;
  const Scope& scope = current_->window.scope;
  const auto begin = current_->since + scope.from;
  if (begin > now) next = std::min(next, begin);
  if (scope.length && begin + *scope.length > now) next = std::min(next, begin + *scope.length);
  return next;
}

void WindowFollower::end(ProcessLog& log) {
  if (!current_) return;
  log.window(current_->window.id, WindowState::closed, core::monotonic_now(), "exit");
  current_.reset();
}

}  // namespace foundation::capture
