#include "capture/detail/scoped_events.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "analysis/trace_set.hpp"

namespace foundation::capture::detail {

ScopedEvents::ScopedEvents(std::shared_ptr<const trace::EventSource> whole, Selection selection)
    : whole_{std::move(whole)}, selection_{std::move(selection)} {
  facts_ = whole_->facts();
  streams_ = whole_->streams();
  for (std::size_t i = 0; i < streams_.size(); ++i) {
    selection_.kept[i].seal();
    streams_[i].published = streams_[i].oldest + selection_.kept[i].count();
  }
}

void ScopedEvents::read(std::uint32_t stream, std::uint64_t begin,
                        std::span<trace::Event> events) const {
  if (events.empty()) return;
  const EventBits& kept = selection_.kept[stream];
  const EventBits& lone = selection_.lone[stream];
  std::uint64_t nth = begin - streams_[stream].oldest;
  const std::uint64_t end = kept.find(nth + events.size() - 1) + 1;
  std::array<trace::Event, 1024> block;
  for (std::size_t place = 0; place < events.size();) {
    const std::uint64_t first = kept.find(nth + place);  // over what is left out
    const auto count = std::min<std::uint64_t>(block.size(), end - first);
    whole_->read(stream, first, std::span{block}.first(count));
    for (std::uint64_t i = 0; i < count; ++i) {
      if (!kept.test(first + i)) continue;
      events[place] = block[i];
      if (lone.test(first + i)) events[place].communicator |= analysis::lone_end;
      ++place;
    }
  }
}

}  // namespace foundation::capture::detail
