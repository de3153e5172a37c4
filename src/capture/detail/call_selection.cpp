#include "capture/detail/call_selection.hpp"

#include <algorithm>
#include <unordered_map>

#include "analysis/event_merge.hpp"
#include "analysis/open_regions.hpp"
#include "analysis/request_table.hpp"

namespace foundation::capture::detail {

using analysis::TimedEvent;
using trace::EventKind;
using trace::RegionRole;

namespace {

/// A region that is open on a thread.
struct Frame {
  std::uint16_t region = 0;
  RegionRole role = RegionRole::program;
  std::uint64_t number = 0;  ///< of its enter
  std::uint32_t communicator = 0;
  const CallFilter* filter = nullptr;  ///< none: everything is kept
  bool is_inside = true;               ///< one of the filter's regions is open
  bool kept = false;
};

/// The two events of the call that has made a persistent request.
struct Preparation {
  std::uint32_t stream = 0;
  std::uint64_t enter = 0, leave = 0;
  std::uint32_t communicator = 0;
};

/// A message that a probe has taken, for a receive to come.
struct Probed {
  std::uint32_t communicator = 0;
  bool kept = false;
};

class Selector {
 public:
  Selector(const analysis::TraceSet& traces, std::uint32_t process,
           const std::vector<CallFilter>& filters)
      : traces_{traces},
        number_{process},
        process_{traces.processes()[process]},
        filters_{filters},
        stacks_(process_.recording->streams().size()) {
    for (const trace::StreamExtent& extent : process_.recording->streams())
      kept_.emplace_back(extent);
  }

  std::vector<EventBits> run() {
    analysis::EventMerge merge{traces_, analysis::EventMerge::Only{number_}};
    while (const TimedEvent* it = merge.next()) take(*it);
    for (std::uint32_t stream = 0; stream < stacks_.size(); ++stream)
      for (Frame& it : stacks_[stream])
        if (it.is_inside && is_about_requests(it.role)) keep(it, stream);
    return std::move(kept_);
  }

 private:
  using Stack = std::vector<Frame>;

  static bool is_about_requests(RegionRole role) {
    return role == RegionRole::wait || role == RegionRole::test || role == RegionRole::start;
  }

  void take(const TimedEvent& it) {
    Stack& stack = stacks_[it.stream];
    switch (it.event.kind) {
      case EventKind::enter: return enter(it, stack);
      case EventKind::leave: return leave(it, stack);
      case EventKind::start:
      case EventKind::complete:
      case EventKind::cancel: return inside(it, stack);
      default:
        if (is_inside(filter_at(it.at), stack)) kept_[it.stream].set(it.number);
    }
  }

  [[nodiscard]] const CallFilter* filter_at(analysis::TraceTime at) const {
    if (!process_.is_recorded_at(at)) return nullptr;
    const std::uint32_t window = process_.window_at(at);
    return window < filters_.size() && !filters_[window].keeps_all() ? &filters_[window] : nullptr;
  }

  /// Whether one of the regions of a filter is open.
  [[nodiscard]] bool is_inside(const CallFilter* filter, const Stack& stack) const {
    if (filter == nullptr || !filter->regions) return true;
    if (!stack.empty() && stack.back().filter == filter) return stack.back().is_inside;
    return std::ranges::any_of(stack,
                               [&](const Frame& it) { return is_named(*filter, it.region); });
  }
  [[nodiscard]] bool is_named(const CallFilter& filter, std::uint16_t region) const {
    return filter.regions->contains(process_.region(region).shared);
  }
  [[nodiscard]] bool is_on(const CallFilter* filter, std::uint32_t communicator) const {
    return filter == nullptr ||
           filter->has_communicator(process_.communicator(communicator).global);
  }

  void keep(Frame& frame, std::uint32_t stream) {
    frame.kept = true;
    kept_[stream].set(frame.number);
  }

  void enter(const TimedEvent& it, Stack& stack) {
    Frame frame{.region = it.event.region,
                .role = process_.region(it.event.region).role,
                .number = it.number,
                .communicator = it.event.communicator,
                .filter = filter_at(it.at)};
    frame.is_inside = is_inside(frame.filter, stack) || is_named(*frame.filter, frame.region);
    if (frame.role == RegionRole::receive_matched ||
        frame.role == RegionRole::start_receive_matched) {
      enter_matched(it, frame);
    } else if (frame.role == RegionRole::partition) {
      enter_partition(it, frame);
    } else if (frame.is_inside && is_about_a_kept_one(frame)) {
      keep(frame, it.stream);
    }
    stack.push_back(frame);
  }

  [[nodiscard]] bool is_about_a_kept_one(const Frame& frame) const {
    return frame.role == RegionRole::program || frame.role == RegionRole::initialize ||
           frame.role == RegionRole::finalize || is_on(frame.filter, frame.communicator);
  }

  /// The message that was probed says where it is from.
  void enter_matched(const TimedEvent& it, Frame& frame) {
    const auto found = probed_.find(it.event.value);
    const Probed probed = found == probed_.end() ? Probed{} : found->second;
    if (found != probed_.end()) probed_.erase(found);
    if (probed.kept || (frame.is_inside && is_on(frame.filter, probed.communicator)))
      keep(frame, it.stream);
  }

  /// The persistent request says where its parts go.
  void enter_partition(const TimedEvent& it, Frame& frame) {
    const Preparation* const prepared = requests_.prepared(it.event.value);
    const bool is_known = prepared != nullptr && is_on(frame.filter, prepared->communicator);
    const bool* const kept = requests_.latest(it.event.value);
    const bool is_unfiltered = frame.filter == nullptr || !frame.filter->communicators;
    if ((kept != nullptr && *kept) || (frame.is_inside && (is_known || is_unfiltered)))
      keep(frame, it.stream);
  }

  void leave(const TimedEvent& it, Stack& stack) {
    const auto cut_off = analysis::cut_off_by_end(
        stack, [&](const Frame& open) { return open.region == it.event.region; },
        [](const Frame& open) { return open.role != RegionRole::program; });
    if (!cut_off) {
      if (filter_at(it.at) == nullptr) kept_[it.stream].set(it.number);
      return;
    }
    stack.resize(stack.size() - *cut_off);
    Frame frame = stack.back();
    stack.pop_back();
    end(it, frame);
    if (frame.kept) kept_[it.stream].set(it.number);
  }

  void end(const TimedEvent& it, Frame& frame) {
    const trace::Event& event = it.event;
    switch (frame.role) {
      case RegionRole::prepare_send:
      case RegionRole::prepare_receive:
        return requests_.prepare(event.value,
                                 {it.stream, frame.number, it.number, frame.communicator});
      case RegionRole::probe_matched:
        if (event.peer >= 0 && event.value != 0)
          probed_.insert_or_assign(event.value, Probed{event.communicator, frame.kept});
        return;
      case RegionRole::communicator:  // about the one that it has made, too
        if (frame.is_inside && is_on(frame.filter, event.communicator)) keep(frame, it.stream);
        break;
      case RegionRole::start_send:
      case RegionRole::start_synchronous:
      case RegionRole::start_receive:
      case RegionRole::start_receive_matched:
      case RegionRole::start_collective:
      case RegionRole::one_sided:
      case RegionRole::file:
      case RegionRole::other: break;
      default: return;
    }
    if (event.value != 0) begin_request(it, frame.kept);
  }

  void begin_request(const TimedEvent& it, bool kept) {
    requests_.begin(it.event.value, kept, it.stream, process_.window_at(it.at));
  }

  /// Events of requests within a call.
  void inside(const TimedEvent& it, Stack& stack) {
    const bool is_unfiltered =
        stack.empty() ? filter_at(it.at) == nullptr : stack.back().filter == nullptr;
    const bool is_kept =
        it.event.kind == EventKind::start ? start(it, stack) : ends_kept_request(it, stack);
    if (!is_kept && !is_unfiltered) return;
    kept_[it.stream].set(it.number);
    if (!stack.empty() && !stack.back().kept) keep(stack.back(), it.stream);
  }

  bool start(const TimedEvent& it, const Stack& stack) {
    const Preparation* const prepared = requests_.prepared(it.event.value);
    const bool kept = prepared != nullptr && !stack.empty() && stack.back().is_inside &&
                      is_on(stack.back().filter, prepared->communicator);
    if (kept) {
      kept_[prepared->stream].set(prepared->enter);
      kept_[prepared->stream].set(prepared->leave);
    }
    begin_request(it, kept);
    return kept;
  }

  bool ends_kept_request(const TimedEvent& it, const Stack& stack) {
    const bool is_freed = it.event.kind == EventKind::cancel &&
                          (stack.empty() || !is_about_requests(stack.back().role));
    if (!is_freed) return requests_.complete(it.event.value, it.stream).pending.value_or(false);
    const Preparation* const prepared = requests_.prepared(it.event.value);
    const bool was_prepared = prepared != nullptr && kept_[prepared->stream].test(prepared->enter);
    return requests_.free(it.event.value, it.stream).value_or(was_prepared);
  }

  const analysis::TraceSet& traces_;
  std::uint32_t number_;
  const analysis::Process& process_;
  const std::vector<CallFilter>& filters_;
  std::vector<Stack> stacks_;  ///< by stream
  std::vector<EventBits> kept_;
  analysis::RequestsOf<bool, Preparation> requests_;  ///< whether what began them is kept
  std::unordered_map<std::uint64_t, Probed> probed_;  ///< by message handle bits
};

}  // namespace

std::vector<EventBits> select_calls(const analysis::TraceSet& traces, std::uint32_t process,
                                    const std::vector<CallFilter>& filters) {
  return Selector{traces, process, filters}.run();
}

}  // namespace foundation::capture::detail
