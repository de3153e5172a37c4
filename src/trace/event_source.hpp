#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "trace/event.hpp"
#include "trace/layout.hpp"

namespace foundation::trace {

/// How much of a stream is there.
struct StreamExtent {
  std::uint32_t thread = 0;     ///< its id in the kernel
  std::uint64_t oldest = 0;     ///< number of the first event that is still there
  std::uint64_t published = 0;  ///< events written since the start
  std::uint64_t dropped = 0;    ///< events that found no room
  bool ended = false;
};

/// What is known of a process apart from its events.
struct RecordedFacts {
  std::uint64_t trace_id = 0;
  std::uint32_t process = 0;
  std::int32_t rank = -1;  ///< in MPI_COMM_WORLD; -1: it never got that far
  std::int32_t ranks = 0;
  std::string host;
  std::string boot_id;  ///< processes of the same one share a clock
  ClockKind clock = ClockKind::monotonic_ns;
  FullPolicy full_policy = FullPolicy::keep_oldest;
  bool closed = false;  ///< the process has said that it was done
  std::uint32_t streams_refused = 0;
  std::uint64_t definitions_dropped = 0;
  ClockPoint first, last;  ///< last: the latest known; with the first one if there is no other
};

/// The events of one process, a stream a thread, wherever they are kept. Local; one thread at a
/// time.
class EventSource {
 public:
  virtual ~EventSource() = default;

  [[nodiscard]] const RecordedFacts& facts() const noexcept { return facts_; }
  [[nodiscard]] const std::vector<StreamExtent>& streams() const noexcept { return streams_; }
  /// Events [begin, begin + events.size()) of a stream. Throws core::Error{io} when they cannot
  /// be read.
  virtual void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const = 0;

 protected:
  EventSource() = default;
  EventSource(EventSource&&) = default;
  EventSource& operator=(EventSource&&) = default;

  RecordedFacts facts_;
  std::vector<StreamExtent> streams_;
};

}  // namespace foundation::trace
