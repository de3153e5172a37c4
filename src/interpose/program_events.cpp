#include <cstring>

#include "foundation/trace.h"
#include "interpose/hooks.hpp"
#include "trace/names.hpp"

// Regions, counters and marks that the program records by foundation/trace.h. It finds this library
// by the one table at the end.
namespace foundation::interpose {
namespace {

static_assert(FOUNDATION_TRACE_BEGIN == static_cast<int>(EventKind::enter));
static_assert(FOUNDATION_TRACE_END == static_cast<int>(EventKind::leave));
static_assert(FOUNDATION_TRACE_COUNT == static_cast<int>(EventKind::counter));
static_assert(FOUNDATION_TRACE_MARK == static_cast<int>(EventKind::mark));
static_assert(FOUNDATION_TRACE_CLASS == event_class::region);

/// The regions of a thread whose beginning is in the recording: they shall end there, too, though
/// recording was switched off meanwhile.
class OpenRegions {
 public:
  void begin(std::uint16_t id) noexcept {
    if (depth_ < depth_limit) ids_[depth_] = id;
    ++depth_;
  }
  [[nodiscard]] bool none() const noexcept { return depth_ == 0; }
  /// False if no such region is open. Those within it end as well.
  bool end(std::uint16_t id) noexcept {
    if (depth_ > depth_limit) {  // deeper down they are only counted
      --depth_;
      return true;
    }
    for (std::uint32_t at = depth_; at > 0; --at) {
      if (ids_[at - 1] != id) continue;
      depth_ = at - 1;
      return true;
    }
    return false;
  }

 private:
  static constexpr std::uint32_t depth_limit = 64;
  std::uint32_t depth_ = 0;
  std::uint16_t ids_[depth_limit] = {};
};
thread_local OpenRegions open_regions __attribute__((tls_model("initial-exec")));

bool is_wanted(EventKind kind, std::uint16_t id) noexcept {
  const bool on = trace::is_recording(event_class::region);
  switch (kind) {
    case EventKind::enter:
      if (on) open_regions.begin(id);
      return on;
    case EventKind::leave: return open_regions.end(id) || on;
    case EventKind::counter:
    case EventKind::mark: return on;
    default: return false;
  }
}

void take_event(std::uint32_t kind, std::uint32_t id, double value) noexcept {
  if (id == 0 || id > 0xFFFF) return;  // not known to us, or no room for its name
  const auto what = static_cast<EventKind>(kind);
  const auto region = static_cast<std::uint16_t>(id);
  if (!is_wanted(what, region)) return;
  std::uint64_t bits = 0;
  std::memcpy(&bits, &value, sizeof bits);
  trace::record({.ticks = trace::now(), .kind = what, .region = region, .value = bits});
}

void end_region(std::uint32_t id) noexcept {
  if (open_regions.none() && !trace::is_recording(event_class::region)) return;
  take_event(FOUNDATION_TRACE_END, id, 0);
}

std::uint32_t define_name(std::uint32_t kind, const char* name, const char* unit, const char* file,
                          std::uint32_t line) noexcept {
  if (!trace::is_recording(event_class::region)) return 0;  // so that it costs nothing until then
  const auto text = [](const char* given) { return given == nullptr ? "" : given; };
  const bool is_named = name != nullptr && *name != '\0';
  const RegionRole role = kind == FOUNDATION_TRACE_COUNT  ? RegionRole::counter
                          : kind == FOUNDATION_TRACE_MARK ? RegionRole::mark
                                                          : RegionRole::program;
  return trace::id_of_name(role, is_named ? name : "(no name)", text(unit), text(file), line);
}

}  // namespace
}  // namespace foundation::interpose

extern "C" FOUNDATION_EXPORT const foundation_trace_recorder foundation_trace_recorder_1;
const foundation_trace_recorder foundation_trace_recorder_1 = {
    1,
    sizeof(foundation_trace_recorder),
    reinterpret_cast<const std::uint32_t* const*>(&foundation::trace::detail::control),
    foundation::interpose::define_name,
    foundation::interpose::take_event,
    foundation::interpose::end_region,
    foundation::trace::follow_child};
