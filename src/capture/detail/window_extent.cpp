#include "capture/detail/window_extent.hpp"

#include <algorithm>
#include <array>
#include <limits>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "trace/event_source.hpp"

namespace foundation::capture::detail {

using analysis::TraceTime;
using trace::Event;
using trace::EventKind;
using trace::StreamExtent;

namespace {

/// Part of another source's events.
class PartOfRecording final : public trace::EventSource {
 public:
  PartOfRecording(std::shared_ptr<const trace::EventSource> whole, std::vector<StreamExtent> parts)
      : whole_{std::move(whole)} {
    facts_ = whole_->facts();
    streams_ = std::move(parts);
  }
  void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const override {
    whole_->read(stream, begin, events);
  }

 private:
  std::shared_ptr<const trace::EventSource> whole_;
};

/// Finds its way in the events of one stream, which are in the order of time.
class Stream {
 public:
  Stream(const analysis::Process& process, std::uint32_t number)
      : process_{process}, number_{number}, all_{process.recording->streams()[number]} {}

  [[nodiscard]] StreamExtent part(TraceTime from, TraceTime to) const {
    StreamExtent part = all_;
    part.oldest = first_not_before(from);
    part.published = std::max(part.oldest, behind_open_calls(part.oldest, first_not_before(to)));
    return part;
  }

 private:
  [[nodiscard]] std::uint64_t first_not_before(TraceTime time) const {
    std::uint64_t low = all_.oldest;
    std::uint64_t high = all_.published;
    while (low < high) {
      const std::uint64_t middle = low + (high - low) / 2;
      Event event;
      process_.recording->read(number_, middle, {&event, 1});
      const bool is_before = process_.time.at(event.ticks) < time;
      low = is_before ? middle + 1 : low;
      high = is_before ? high : middle;
    }
    return low;
  }
  /// What was entered in the window is left in its part, too, though that was later.
  [[nodiscard]] std::uint64_t behind_open_calls(std::uint64_t begin, std::uint64_t end) const {
    std::array<Event, 4096> block;
    std::int64_t depth = 0;
    for (std::uint64_t next = begin; next < all_.published;) {
      const auto count = std::min<std::uint64_t>(block.size(), all_.published - next);
      process_.recording->read(number_, next, std::span{block}.first(count));
      for (const Event& event : std::span{block}.first(count)) {
        if (next >= end && depth <= 0) return next;
        if (event.kind == EventKind::enter) ++depth;
        if (event.kind == EventKind::leave) depth = std::max<std::int64_t>(depth - 1, 0);
        ++next;
      }
    }
    return all_.published;
  }

  const analysis::Process& process_;
  std::uint32_t number_;
  StreamExtent all_;
};

}  // namespace

TraceTime time_of(const analysis::Process& process, std::int64_t monotonic_ns) {
  const trace::ClockPoint& first = process.recording->facts().first;
  const auto time = process.time.at(first.ticks) + (monotonic_ns - first.monotonic_ns);
  return std::max<TraceTime>(time, 0);
}

std::vector<analysis::RecordedWindow> recorded_windows(const analysis::Process& process,
                                                       const std::vector<ProcessWindow>& windows,
                                                       WindowNumbers& numbers) {
  std::vector<analysis::RecordedWindow> recorded;
  for (const ProcessWindow& it : windows) {
    if (it.from_ns == 0) continue;
    const auto next = static_cast<std::uint32_t>(numbers.size());
    const std::uint32_t number = numbers.try_emplace(it.id, next).first->second;
    const TraceTime end =
        it.to_ns == 0 ? std::numeric_limits<TraceTime>::max() : time_of(process, it.to_ns);
    recorded.push_back({number, time_of(process, it.from_ns), end});
  }
  return recorded;
}

void keep_window(analysis::TraceSet& traces, std::size_t process, const ProcessWindow* window) {
  const analysis::Process& it = traces.processes()[process];
  const bool took_part = window != nullptr && window->from_ns != 0;
  std::vector<StreamExtent> parts;
  for (std::uint32_t i = 0; i < it.recording->streams().size(); ++i) {
    if (!took_part) {
      parts.push_back(it.recording->streams()[i]);
      parts.back().published = parts.back().oldest;
      continue;
    }
    const TraceTime to =
        window->to_ns == 0 ? std::numeric_limits<TraceTime>::max() : time_of(it, window->to_ns);
    parts.push_back(Stream{it, i}.part(time_of(it, window->from_ns), to));
  }
  traces.set_recording(process, std::make_shared<PartOfRecording>(it.recording, std::move(parts)));
}

}  // namespace foundation::capture::detail
