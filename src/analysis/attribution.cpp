#include "analysis/attribution.hpp"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "analysis/blame.hpp"
#include "analysis/event_merge.hpp"
#include "analysis/open_regions.hpp"

namespace foundation::analysis {

Locations::Locations(const TraceSet& traces) {
  for (std::uint32_t process = 0; process < traces.processes().size(); ++process) {
    first_.push_back(static_cast<std::uint32_t>(processes_.size()));
    const std::size_t streams = traces.processes()[process].recording->streams().size();
    processes_.insert(processes_.end(), streams == 0 ? 1 : streams, process);
  }
}

namespace {

/// Sweeps through the time; at each change it charges what has passed to where it was spent.
class Sweep {
 public:
  Sweep(const TraceSet& traces, const Locations& locations, const Segments& path,
        const WaitEdges& edges)
      : traces_{traces},
        locations_{locations},
        path_{path, Direction::forward},
        edges_{edges, Direction::forward},
        blame_{locations.size()},
        threads_(locations.size()) {
    take_segment();
    take_edge();
  }

  Attributed run() {
    EventMerge merge{traces_};
    while (const TimedEvent* event = merge.next()) {
      advance(event->at);
      apply(*event);
    }
    advance(std::numeric_limits<TraceTime>::max());
    return std::move(found_);
  }

 private:
  struct Thread {
    std::vector<std::uint32_t> stack;  ///< regions
    TraceTime charged = 0;             ///< its blame is charged up to here
  };

  /// Everything that happens before or at `until`, in its order.
  void advance(TraceTime until) {
    while (true) {
      const TraceTime segment = segment_ ? segment_->end : std::numeric_limits<TraceTime>::max();
      const TraceTime edge = edge_ ? edge_->at : std::numeric_limits<TraceTime>::max();
      if (std::min(segment, edge) > until || (!segment_ && !edge_)) return;
      if (segment <= edge) {
        charge_path(segment);
        take_segment();
      } else {
        apply_edge();
      }
    }
  }

  void apply(const TimedEvent& it) {
    using trace::EventKind;
    if (it.event.kind != EventKind::enter && it.event.kind != EventKind::leave) return;
    const std::uint32_t location = locations_.of(it.process, it.stream);
    if (segment_ && segment_->location == location) charge_path(it.at);
    charge_blame(location, it.at);
    std::vector<std::uint32_t>& stack = threads_[location].stack;
    const std::uint32_t region = traces_.processes()[it.process].region(it.event.region).shared;
    if (it.event.kind == EventKind::enter) {
      stack.push_back(region);
    } else if (const auto cut_off = cut_off_by_end(
                   stack, [&](std::uint32_t open) { return open == region; },
                   [&](std::uint32_t open) {
                     return traces_.regions()[open].role != trace::RegionRole::program;
                   })) {
      stack.resize(stack.size() - 1 - *cut_off);
    }
  }

  void apply_edge() {
    const WaitEdge edge = *edge_;
    const std::uint32_t root = blame_.root(edge.causer);
    charge_blame(root, edge.at);
    charge_blame(edge.waiter, edge.at);
    if (edge.is_begin != 0) {
      blame_.begin(edge.waiter, edge.causer);
    } else {
      blame_.end(edge.waiter);
    }
    take_edge();
  }

  [[nodiscard]] Place place_of(std::uint32_t location) const {
    const std::vector<std::uint32_t>& stack = threads_[location].stack;
    return {locations_.process_of(location), stack.empty() ? 0 : stack.back()};
  }
  void charge_path(TraceTime until) {
    if (until <= path_since_) return;
    found_.critical[place_of(segment_->location)] += until - path_since_;
    path_since_ = until;
  }
  void charge_blame(std::uint32_t location, TraceTime until) {
    Thread& thread = threads_[location];
    const std::int64_t weight = blame_.weight(location);
    if (weight != 0 && until > thread.charged)
      found_.delay[place_of(location)] += weight * (until - thread.charged);
    thread.charged = until;
  }

  void take_segment() {
    const Segment* next = path_.next();
    segment_ = next == nullptr ? std::nullopt : std::optional{*next};
    if (segment_) path_since_ = segment_->begin;
  }
  void take_edge() {
    const WaitEdge* next = edges_.next();
    edge_ = next == nullptr ? std::nullopt : std::optional{*next};
  }

  const TraceSet& traces_;
  const Locations& locations_;
  Segments::Cursor path_;
  WaitEdges::Cursor edges_;
  std::optional<Segment> segment_;
  std::optional<WaitEdge> edge_;
  TraceTime path_since_ = 0;
  Blame blame_;
  std::vector<Thread> threads_;
  Attributed found_;
};

}  // namespace

Attributed attribute(const TraceSet& traces, const Locations& locations, const Segments& path,
                     const WaitEdges& edges) {
  return Sweep{traces, locations, path, edges}.run();
}

}  // namespace foundation::analysis
