#pragma once

#include <cstdint>
#include <type_traits>

namespace foundation::trace {

/// What an event says. Values are part of the file format: never renumber. What else it carries
/// depends on the role of its region (definitions.hpp).
enum class EventKind : std::uint16_t {
  enter = 1,     ///< a region begins; carries the message or the collective that it is about
  leave = 2,     ///< the innermost open region ends; carries the message or request it brought
  start = 3,     ///< inside a region: a persistent request starts; `value` names it
  complete = 4,  ///< inside a region: a request is complete; `value` names it. Of a receive, peer
                 ///< and tag are those of the message, `communicator` holds its bytes (at most
                 ///< 2^32 - 1); of others the three mean nothing
  cancel = 5,    ///< inside a region: a request was cancelled, or freed while it was under way
  counter = 6,   ///< a named value: `region` names the counter, `value` holds a double's bits
  mark = 7,      ///< a point in time: `region` names it, `value` holds a double's bits
  sample = 8,    ///< a call path was seen: `value` names it
};

/// One moment of one thread: 32 bytes, two a cache line. Enter and leave are separate events, so
/// that a death inside a region leaves it visibly open.
struct Event {
  std::uint64_t ticks = 0;  ///< of the clock that the file's header describes
  EventKind kind = EventKind::enter;
  std::uint16_t region = 0;  ///< id of a region, counter or mark
  std::int32_t peer = -1;    ///< rank in the communicator
  std::int32_t tag = 0;
  std::uint32_t communicator = 0;  ///< id in this process
  std::uint64_t value = 0;         ///< bytes, request, path or bits
};
static_assert(sizeof(Event) == 32 && std::is_trivially_copyable_v<Event>);

}  // namespace foundation::trace
