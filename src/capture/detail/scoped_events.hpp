#pragma once

#include <memory>
#include <span>
#include <vector>

#include "capture/detail/event_bits.hpp"
#include "trace/event_source.hpp"

namespace foundation::capture::detail {

/// Of each stream of a process: which events are in scope, and which of these tell of an end whose
/// other one is not (analysis::lone_end).
struct Selection {
  std::vector<EventBits> kept, lone;
};

/// The selected events of another source, numbered without gaps.
class ScopedEvents final : public trace::EventSource {
 public:
  /// The bits in `kept` are sealed here.
  ScopedEvents(std::shared_ptr<const trace::EventSource> whole, Selection selection);

  void read(std::uint32_t stream, std::uint64_t begin,
            std::span<trace::Event> events) const override;

 private:
  std::shared_ptr<const trace::EventSource> whole_;
  Selection selection_;
};

}  // namespace foundation::capture::detail
