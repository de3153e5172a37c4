#include "analysis/event_merge.hpp"

#include <algorithm>

namespace foundation::analysis {

EventMerge::EventMerge(const TraceSet& traces, std::size_t buffer_events)
    : traces_{traces}, buffer_events_{buffer_events} {
  for (std::uint32_t process = 0; process < traces.processes().size(); ++process) add(process);
  start();
}

EventMerge::EventMerge(const TraceSet& traces, Only only, std::size_t buffer_events)
    : traces_{traces}, buffer_events_{buffer_events} {
  add(only.process);
  start();
}

void EventMerge::add(std::uint32_t process) {
  const auto& streams = traces_.processes()[process].recording->streams();
  for (std::uint32_t stream = 0; stream < streams.size(); ++stream) {
    Source source{.process = process,
                  .stream = stream,
                  .read = streams[stream].oldest,
                  .end = streams[stream].published,
                  .buffer = {}};
    if (!refill(source)) continue;
    set_time(source);
    heap_.push_back(static_cast<std::uint32_t>(sources_.size()));
    sources_.push_back(std::move(source));
  }
}

void EventMerge::start() {
  std::ranges::make_heap(heap_, [this](auto a, auto b) { return later(a, b); });
}

bool EventMerge::refill(Source& source) {
  const std::uint64_t count = std::min<std::uint64_t>(source.end - source.read, buffer_events_);
  source.buffer.resize(count);
  source.place = 0;
  if (count == 0) return false;
  traces_.processes()[source.process].recording->read(source.stream, source.read, source.buffer);
  source.read += count;
  return true;
}

void EventMerge::set_time(Source& source) const {
  const TimeBase& time = traces_.processes()[source.process].time;
  source.at = std::max(source.at, time.at(source.buffer[source.place].ticks));
}

bool EventMerge::later(std::uint32_t a, std::uint32_t b) const noexcept {
  return sources_[a].at != sources_[b].at ? sources_[a].at > sources_[b].at : a > b;
}

// The source given out last stays at the top of the heap until here: most often it is the
// earliest again.
const TimedEvent* EventMerge::next() {
  const auto order = [this](auto a, auto b) { return later(a, b); };
  if (started_) {
    Source& last = sources_[heap_.front()];
    const bool more = ++last.place < last.buffer.size() || refill(last);
    if (more) set_time(last);
    const std::size_t second = heap_.size() > 2 && later(heap_[1], heap_[2]) ? 2 : 1;
    const bool still_first = more && (heap_.size() < 2 || !later(heap_.front(), heap_[second]));
    if (!still_first) {
      std::ranges::pop_heap(heap_, order);
      if (more) {
        std::ranges::push_heap(heap_, order);
      } else {
        heap_.pop_back();
      }
    }
  }
  if (heap_.empty()) return nullptr;
  started_ = true;
  const Source& first = sources_[heap_.front()];
  const std::uint64_t number = first.read - first.buffer.size() + first.place;
  current_ = {first.at, first.process, first.stream, number, first.buffer[first.place]};
  return &current_;
}

}  // namespace foundation::analysis
