#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/trace_set.hpp"

namespace foundation::capture {

/// Bytes that an event says were given to be sent, or were received; nothing if it carries none.
/// Then its `value` means something else (trace/definitions.hpp). Pure.
[[nodiscard]] std::optional<std::uint64_t> bytes_of(const trace::Event& event,
                                                    trace::RegionRole role);

struct CallCount {
  std::uint64_t count = 0;
  std::uint64_t open = 0;  ///< of these, not left at the end
  std::int64_t time = 0;   ///< ns, inclusive
  std::uint64_t bytes = 0;
};

/// Counts the calls of one process, function by function. Pure; events of a stream in their order.
class CallCounter {
 public:
  explicit CallCounter(const analysis::Process& process)
      : process_{process}, counts_(process.regions.size()) {}

  void add(const trace::Event& event);
  /// The stream is at its end: calls that were not left last until `last`.
  void end_stream(analysis::TraceTime last);
  /// By the region ids of the process.
  [[nodiscard]] const std::vector<CallCount>& counts() const noexcept { return counts_; }

 private:
  struct Open {
    std::uint16_t region;
    analysis::TraceTime since;
  };
  void leave(const trace::Event& event);

  const analysis::Process& process_;
  std::vector<CallCount> counts_;
  std::vector<Open> open_;
};

}  // namespace foundation::capture
