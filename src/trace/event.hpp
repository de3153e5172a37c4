#pragma once

#include <cstdint>
#include <type_traits>

namespace foundation::trace {

/// What an event says. Values are part of the file format: never renumber.
enum class EventKind : std::uint16_t {
  enter = 1,         ///< a region begins; `region` names it
  leave = 2,         ///< the innermost open region ends
  send = 3,          ///< inside a region: a message starts; peer, tag, communicator, bytes
  receive = 4,       ///< inside a region: a message has arrived; likewise
  post_send = 5,     ///< a non-blocking send: `value` is the request, message as in `send`
  post_receive = 6,  ///< a non-blocking receive is posted: likewise; peer and tag may be wildcards
  complete = 7,      ///< a request is complete: `value` names it; peer and tag of what came
  cancel = 8,        ///< a request was cancelled or freed
  collective = 9,    ///< inside a region: takes part in the next collective of the communicator;
                     ///< peer is the root (or -1), value the bytes given
  counter = 10,      ///< a named value: `region` names the counter, `value` holds a double's bits
  mark = 11,         ///< a point in time: `region` names it
  sample = 12,       ///< a call path was seen: `value` names the path
};

/// One moment of one thread: 32 bytes, two a cache line. Enter and leave are separate events, so
/// that a death inside a region leaves it visibly open.
struct Event {
  std::uint64_t ticks = 0;  ///< of the clock that the file's header describes
  EventKind kind = EventKind::enter;
  std::uint16_t region = 0;  ///< id of a region, counter or mark: see definitions.hpp
  std::int32_t peer = -1;    ///< rank in the communicator
  std::int32_t tag = 0;
  std::uint32_t communicator = 0;  ///< id of the process: see definitions.hpp
  std::uint64_t value = 0;         ///< bytes, request, path or bits: as the kind says
};
static_assert(sizeof(Event) == 32 && std::is_trivially_copyable_v<Event>);

}  // namespace foundation::trace
