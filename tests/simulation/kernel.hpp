#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <queue>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

#include "core/time.hpp"
#include "tests/simulation/options.hpp"

namespace foundation::simulation {

enum class EventKind : std::uint8_t {
  tick,
  beat,  ///< a sign of life
  launch,
  recover,
  message,
  work,
  disk,
  loss,
  control
};
[[nodiscard]] std::string_view name_of(EventKind kind) noexcept;

enum class ProcessId : std::uint32_t { none = 0xFFFFFFFFU };
enum class Channel : std::uint8_t { control, events, data, liveness };

/// Everything that happened, as a hash; with `print` also as lines on stdout.
class EventLog {
 public:
  explicit EventLog(bool print) noexcept : print_{print} {}
  void add(core::Time at, EventKind kind, std::uint32_t process, std::uint64_t detail) noexcept;
  /// What was written: part of the hash, but not of the course.
  void add_content(std::uint64_t content) noexcept;
  /// A line for people, no part of the hash.
  void note(core::Time at, std::string_view text) const;
  [[nodiscard]] bool prints() const noexcept { return print_; }
  [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }
  /// Who did what when, whatever the bytes were: must not depend on labels such as wall time.
  [[nodiscard]] std::uint64_t course() const noexcept { return course_; }

 private:
  bool print_;
  std::uint64_t hash_ = 0x9E3779B97F4A7C15U;
  std::uint64_t course_ = 0x9E3779B97F4A7C15U;
};

/// The world's physics: one virtual clock, one queue of events, processes that can be killed or
/// stand still, and links that keep the order of messages of a channel and of no more than that
/// (as MPI does). Ties in time are broken by a draw.
class Kernel {
 public:
  using Action = std::function<void()>;

  Kernel(const Options& options, bool print);

  [[nodiscard]] ProcessId start_process();
  void kill(ProcessId process);
  /// Its events wait until it goes on.
  void pause(ProcessId process, core::Duration span);
  /// It stands still until it is killed.
  void freeze(ProcessId process);
  [[nodiscard]] bool is_alive(ProcessId process) const;
  [[nodiscard]] bool is_paused(ProcessId process) const;

  void after(core::Duration span, EventKind kind, ProcessId process, Action action);
  /// When it arrives at the other one's node, whether or not that process is awake.
  core::Time send(ProcessId from, ProcessId to, Channel channel, Action action,
                  EventKind kind = EventKind::message);
  /// Messages from one process to another stand still for a while.
  void block(ProcessId from, ProcessId to, core::Duration span);
  [[nodiscard]] bool is_blocked(ProcessId from, ProcessId to) const;

  /// Handles the next event; false if there is none.
  bool step();
  /// Who handles the event of this step, or has handled it; none if nobody's.
  [[nodiscard]] ProcessId handler() const noexcept { return handler_; }
  /// A detail of the event that is being handled, for the log.
  void trace(std::uint64_t detail) noexcept;
  void trace_content(std::uint64_t content) noexcept { log_.add_content(content); }
  template <class Text>
  void note(const Text& text) const {
    if (log_.prints()) log_.note(now_, text());
  }

  [[nodiscard]] core::Time now() const noexcept { return now_; }
  [[nodiscard]] core::WallLabel wall() const noexcept { return now_.ns + wall_offset_ns_; }
  void jump_wall(std::int64_t ns) noexcept { wall_offset_ns_ += ns; }
  /// Events handled so far that are neither ticks nor beats.
  [[nodiscard]] std::uint64_t moments() const noexcept { return moments_; }
  [[nodiscard]] std::uint64_t events() const noexcept { return events_; }
  [[nodiscard]] const EventLog& log() const noexcept { return log_; }
  [[nodiscard]] const Options& options() const noexcept { return options_; }

 private:
  struct Event {
    core::Time at;
    std::uint64_t tie = 0;
    std::uint64_t sequence = 0;
    EventKind kind = EventKind::control;
    ProcessId process = ProcessId::none;
    Action action;
    friend bool operator>(const Event& a, const Event& b) {
      return std::tie(a.at, a.tie, a.sequence) > std::tie(b.at, b.tie, b.sequence);
    }
  };
  struct Process {
    bool alive = true;
    bool paused = false;
    std::uint32_t pauses = 0;
    std::deque<Event> deferred;
  };
  struct LinkState {
    core::Time free;
    std::uint32_t messages = 0;
  };
  using Link = std::tuple<ProcessId, ProcessId, Channel>;

  void push(core::Time at, EventKind kind, ProcessId process, Action action);
  void resume(ProcessId process);
  void handle(Event& event);
  [[nodiscard]] Process& process(ProcessId id) { return processes_[static_cast<std::size_t>(id)]; }

  const Options& options_;
  EventLog log_;
  core::Time now_;
  std::int64_t wall_offset_ns_ = 1'700'000'000'000'000'000;
  ProcessId handler_ = ProcessId::none;
  std::uint64_t sequence_ = 0;
  std::uint64_t moments_ = 0;
  std::uint64_t events_ = 0;
  std::vector<Process> processes_;
  std::map<Link, LinkState> links_;
  std::map<std::pair<ProcessId, ProcessId>, core::Time> blocked_;  ///< until then
  std::priority_queue<Event, std::vector<Event>, std::greater<>> queue_;
};

}  // namespace foundation::simulation
