#pragma once

#include <atomic>
#include <cstdint>

#include "trace/clock.hpp"
#include "trace/definitions.hpp"
#include "trace/event.hpp"
#include "trace/layout.hpp"

/// Recording into the file of this process: one recorder a process, used from any thread. A
/// recorded event costs a look at the clock and a few stores; there is no lock, no allocation and
/// no system call, except each 32,768 events a thread. Nothing here throws, aborts or waits:
/// what cannot be recorded is counted, and the program goes on.
///
/// After a fork the child records nothing, unless it was to be followed.
namespace foundation::trace {

struct RecorderOptions {
  const char* path = nullptr;  ///< created; must not exist
  std::uint64_t trace_id = 0;
  std::uint64_t stream_bytes = std::uint64_t{1} << 32;  ///< a thread; a power of two
  std::uint64_t definitions_bytes = std::uint64_t{1} << 26;
  FullPolicy full_policy = FullPolicy::keep_oldest;
  std::uint32_t control = event_class::all;
};

/// Starts recording. Returns nullptr, or what failed as a word for a message, with errno set; the
/// recorder stays off then.
[[nodiscard]] const char* open_recorder(const RecorderOptions& options) noexcept;
/// Says that the process is done; later events are recorded all the same.
void close_recorder() noexcept;

/// The next child that this process forks records in its place. While there is one thread.
void follow_child() noexcept;

/// Appends a definition. False if there was no room (counted).
bool define(DefinitionType type, const void* head, std::uint32_t head_bytes, const void* tail,
            std::uint32_t tail_bytes) noexcept;
bool define_text(TextKind kind, std::uint32_t subject, const char* text) noexcept;
/// A new region, counter or mark; 0 when there are no ids left or no room (counted).
[[nodiscard]] std::uint16_t define_region(RegionRole role, const char* name, const char* file,
                                          std::uint32_t line, const char* unit = "") noexcept;
void set_rank(std::int32_t rank, std::int32_t ranks) noexcept;
/// Number of the calling thread's stream, or stream_limit if it has none.
[[nodiscard]] std::uint32_t this_stream() noexcept;

namespace detail {

/// A thread's place to write to; all of it is the thread's own.
struct Writer {
  Event* events = nullptr;
  std::uint64_t next = 0;
  std::uint64_t limit = 0;  ///< there is room for events below this
  std::uint64_t mask = 0;
  StreamHeader* header = nullptr;
};

// Hidden, and known to need no constructor, so that the preloaded library reaches them directly.
extern const std::atomic<std::uint32_t>* control
    [[gnu::visibility("hidden")]];  ///< of the file, or a zero
extern ClockKind clock [[gnu::visibility("hidden")]];
extern constinit thread_local Writer writer
    __attribute__((tls_model("initial-exec"), visibility("hidden")));

/// Makes room for the next event of this thread; false if there is none (counted).
bool make_room() noexcept;

/// define(), and where its payload lies in the file, or nullptr.
char* append(DefinitionType type, const void* head, std::uint32_t head_bytes, const void* tail,
             std::uint32_t tail_bytes) noexcept;
/// The next free id, or 0 (counted).
[[nodiscard]] std::uint16_t take_region_id() noexcept;

}  // namespace detail

/// Are events of one of these classes recorded? One load.
[[nodiscard]] inline bool is_recording(std::uint32_t classes) noexcept {
  return (detail::control->load(std::memory_order_relaxed) & classes) != 0;
}

[[nodiscard]] inline std::uint64_t now() noexcept { return read_clock(detail::clock); }

/// Appends an event of the calling thread.
inline void record(const Event& event) noexcept {
  detail::Writer& writer = detail::writer;
  if (writer.next == writer.limit && !detail::make_room()) [[unlikely]]
    return;
  writer.events[writer.next & writer.mask] = event;
  writer.header->published.store(++writer.next, std::memory_order_release);
}

}  // namespace foundation::trace
