#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/time_base.hpp"
#include "analysis/trace_set.hpp"
#include "trace/event.hpp"

namespace foundation::analysis {

/// An event and where it comes from.
struct TimedEvent {
  TraceTime at = 0;
  std::uint32_t process = 0;  ///< index into TraceSet::processes
  std::uint32_t stream = 0;   ///< of the process
  std::uint64_t number = 0;   ///< in the stream
  trace::Event event;
};

/// All events of a trace, or of one process, in the order of time, read as they are needed: memory
/// is a buffer a stream. Events of one stream keep their order; at equal times the lower process
/// and stream come first, so the order is the same in each run. Merging sorted runs with a heap:
/// Knuth, The Art of Computer Programming 3, 5.4.1.
///
/// Local, one thread. `traces` outlives it. Throws core::Error{io, corrupt_data} while reading.
class EventMerge {
 public:
  static constexpr std::size_t usual_buffer = 4096;

  explicit EventMerge(const TraceSet& traces, std::size_t buffer_events = usual_buffer);
  /// Of this process alone.
  struct Only {
    std::uint32_t process;
  };
  EventMerge(const TraceSet& traces, Only only, std::size_t buffer_events = usual_buffer);

  /// The next event, or nothing at the end. Valid until the next call.
  [[nodiscard]] const TimedEvent* next();

 private:
  struct Source {
    std::uint32_t process = 0;
    std::uint32_t stream = 0;
    std::uint64_t read = 0;  ///< number of the next event to be read from the file
    std::uint64_t end = 0;
    std::vector<trace::Event> buffer;
    std::size_t place = 0;
    TraceTime at = 0;  ///< of buffer[place]; never goes back
  };
  void add(std::uint32_t process);
  void start();
  bool refill(Source& source);
  void set_time(Source& source) const;
  [[nodiscard]] bool later(std::uint32_t a, std::uint32_t b) const noexcept;

  const TraceSet& traces_;
  std::size_t buffer_events_;
  std::vector<Source> sources_;
  std::vector<std::uint32_t> heap_;  ///< of sources, the earliest first
  bool started_ = false;
  TimedEvent current_;
};

}  // namespace foundation::analysis
