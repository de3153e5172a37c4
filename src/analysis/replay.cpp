#include "analysis/replay.hpp"

#include <algorithm>
#include <bit>
#include <optional>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

#include "analysis/alignment.hpp"
#include "analysis/collective_calls.hpp"
#include "analysis/event_merge.hpp"
#include "analysis/message_matcher.hpp"
#include "analysis/open_regions.hpp"
#include "analysis/request_table.hpp"

namespace foundation::analysis {

using trace::Event;
using trace::EventKind;
using trace::RegionRole;

namespace {

using SendHandle = MessageMatcher::Handle;

/// An open region of a thread, with what its enter event said.
struct Frame {
  CallSpan span;
  Event enter;
  std::uint64_t number = 0;  ///< of its enter in its thread
  std::optional<SendHandle> send;
  std::optional<MessageMatcher::Handle> receive;
  std::optional<CollectiveCalls::Handle> collective;
};

struct ProcessState {
  RequestTable requests;
  std::unordered_map<std::uint64_t, PendingReceive> probed;  ///< by message handle bits
  std::vector<std::vector<Frame>> stacks;                    ///< by stream
};

class Replayer {
 public:
  Replayer(const TraceSet& traces, MatchSink& sink, const Alignment* alignment,
           AlignmentFinder* finder)
      : traces_{traces},
        sink_{sink},
        messages_{sink, alignment, finder},
        collectives_{traces, sink, alignment, finder} {
    states_.resize(traces.processes().size());
    for (std::size_t i = 0; i < states_.size(); ++i)
      states_[i].stacks.resize(traces.processes()[i].recording->streams().size());
  }

  ReplayCounts run() {
    EventMerge merge{traces_};
    while (const TimedEvent* it = merge.next()) {
      ++counts_.events;
      counts_.last = std::max(counts_.last, it->at);
      handle(*it);
    }
    for (std::size_t i = 0; i < states_.size(); ++i)
      for (std::vector<Frame>& stack : states_[i].stacks)
        for (; !stack.empty(); stack.pop_back()) {
          const bool was_free_to_end = traces_.processes()[i].recording->facts().closed;
          if (was_free_to_end && is_programs_own(stack.back())) ++counts_.unended;
          sink_.call(stack.back().span);
        }
    messages_.finish();
    collectives_.finish();
    return counts_;
  }

 private:
  void handle(const TimedEvent& it) {
    process_ = &traces_.processes()[it.process];
    state_ = &states_[it.process];
    window_ = process_->window_at(it.at);
    std::vector<Frame>& stack = state_->stacks[it.stream];
    switch (it.event.kind) {
      case EventKind::enter: return enter(it, stack);
      case EventKind::leave: return leave(it, stack);
      case EventKind::start: return start(it, stack);
      case EventKind::complete: return complete(it, stack);
      case EventKind::cancel: return cancel(it, stack);
      case EventKind::counter: return sink_.counter(point(it, stack));
      case EventKind::mark: return sink_.mark(point(it, stack));
      default: return;
    }
  }

  [[nodiscard]] std::int32_t world_rank(const Event& event) const {
    return traces_.world_rank(*process_, event.communicator, event.peer);
  }
  [[nodiscard]] Envelope outgoing(const Event& event) const {
    return {process_->communicator(event.communicator).global, process_->rank, world_rank(event),
            event.tag, window_};
  }
  [[nodiscard]] Envelope wanted(const Event& event) const {
    const std::int32_t source = event.peer == any_source ? any_source : world_rank(event);
    return {process_->communicator(event.communicator).global, source, process_->rank, event.tag,
            window_};
  }
  static bool has_peer(const Event& event) { return event.peer != -1; }
  /// Of another MPI_COMM_WORLD, as what was spawned, on a communicator that is not known, or out of
  /// scope: the other end of the message is not in the trace.
  [[nodiscard]] bool is_outside(const Event& event) const {
    return is_lone(event) || (event.peer >= 0 && world_rank(event) < 0);
  }
  /// Whether an event tells of a message between processes of the trace; counts the other ones.
  bool is_joined(const Event& event) {
    if (is_outside(event)) ++(is_lone(event) ? counts_.lone : counts_.outside);
    return has_peer(event) && !is_outside(event);
  }
  static bool is_programs_own(const Frame& frame) {
    return frame.span.site.role == RegionRole::program;
  }
  /// The innermost region of the program.
  static std::uint16_t caller_in(const std::vector<Frame>& stack) {
    if (stack.empty()) return 0;
    const Site& around = stack.back().span.site;
    return is_programs_own(stack.back()) ? around.region : around.caller;
  }
  [[nodiscard]] Point point(const TimedEvent& it, const std::vector<Frame>& stack) const {
    return {.site = {.process = it.process,
                     .stream = it.stream,
                     .region = it.event.region,
                     .role = process_->region(it.event.region).role,
                     .caller = caller_in(stack)},
            .at = it.at,
            .value = std::bit_cast<double>(it.event.value)};
  }

  void enter(const TimedEvent& it, std::vector<Frame>& stack) {
    Frame frame;
    frame.enter = it.event;
    frame.number = it.number;
    CallSpan& span = frame.span;
    span.site = {.process = it.process,
                 .stream = it.stream,
                 .region = it.event.region,
                 .role = process_->region(it.event.region).role};
    span.enter = it.at;
    span.depth = static_cast<std::uint32_t>(stack.size());
    span.site.caller = caller_in(stack);
    begin(frame);
    sink_.entered(span);
    stack.push_back(frame);
  }

  /// What a call begins before anything of it has ended.
  void begin(Frame& frame) {
    const Event& event = frame.enter;
    const SendSide side{.site = frame.span.site,
                        .enter = frame.span.enter,
                        .begun_in = frame.span.site.stream,
                        .event = frame.number};
    switch (frame.span.site.role) {
      case RegionRole::send:
      case RegionRole::synchronous_send:
      case RegionRole::start_send:
      case RegionRole::start_synchronous:
        if (is_joined(event)) frame.send = messages_.send(outgoing(event), event.value, side);
        return;
      case RegionRole::send_receive:
        if (is_joined(event)) frame.send = messages_.send(outgoing(event), event.value, side);
        // Whom it receives from is known at its end only, and then it may be nobody.
        frame.receive =
            messages_.receive(anybody(event), frame.span.enter, frame.span.site, frame.number);
        return;
      case RegionRole::receive:
      case RegionRole::start_receive:
        if (is_joined(event))
          frame.receive =
              messages_.receive(wanted(event), frame.span.enter, frame.span.site, frame.number);
        return;
      case RegionRole::partition:
        if (const Pending* const pending = state_->requests.latest(event.value))
          if (const auto* send = std::get_if<PendingSend>(pending))
            messages_.send_given(send->handle, frame.span.site, frame.span.enter);
        return;
      default:
        if (is_blocking_collective(frame.span.site.role) && is_joined_collective(event))
          frame.collective = begin_collective(frame);
    }
  }
  [[nodiscard]] Envelope anybody(const Event& event) const {
    return {process_->communicator(event.communicator & ~lone_end).global, any_source,
            process_->rank, any_tag, window_};
  }
  /// Whether the other members' parts of a collective are in the trace; counts those without.
  bool is_joined_collective(const Event& event) {
    if (is_lone(event)) ++counts_.lone;
    return !is_lone(event);
  }

  CollectiveCalls::Handle begin_collective(const Frame& frame) {
    return collectives_.begin(frame.span, frame.enter, frame.number, window_);
  }

  void leave(const TimedEvent& it, std::vector<Frame>& stack) {
    const auto cut_off = cut_off_by_end(
        stack, [&](const Frame& open) { return open.span.site.region == it.event.region; },
        [](const Frame& open) { return !is_programs_own(open); });
    if (!cut_off) {
      ++counts_.unbalanced;
      return;
    }
    for (std::size_t i = 0; i < *cut_off; ++i) close(it, stack);
    counts_.unended += *cut_off;
    close(it, stack);
  }

  /// The innermost region ends.
  void close(const TimedEvent& it, std::vector<Frame>& stack) {
    Frame frame = stack.back();
    stack.pop_back();
    frame.span.leave = it.at;
    ++counts_.calls;
    if (!stack.empty()) stack.back().span.inside += frame.span.leave - frame.span.enter;
    end(frame, it);
    sink_.call(frame.span);
  }

  /// What a call has brought to its end, or left under way.
  void end(Frame& frame, const TimedEvent& it) {
    const Event& event = it.event;
    const CallSpan& span = frame.span;
    switch (span.site.role) {
      case RegionRole::start_send:
      case RegionRole::start_synchronous:
        if (frame.send) messages_.send_left(*frame.send, span.leave, true);
        return begin_request(span, event,
                             frame.send ? Pending{PendingSend{*frame.send}} : PendingOther{});
      case RegionRole::start_receive:
        return begin_request(span, event,
                             frame.receive
                                 ? Pending{PendingReceive{*frame.receive, frame.enter.communicator}}
                                 : PendingOther{});
      case RegionRole::prepare_send:
        return state_->requests.prepare(
            event.value,
            {outgoing(frame.enter), frame.enter.communicator, frame.enter.value, true});
      case RegionRole::prepare_receive:
        return state_->requests.prepare(event.value,
                                        {wanted(frame.enter), frame.enter.communicator, 0, false});
      case RegionRole::start_collective:
        return begin_request(span, event,
                             is_joined_collective(frame.enter)
                                 ? Pending{PendingCollective{begin_collective(frame)}}
                                 : PendingOther{});
      case RegionRole::probe_matched:
        if (is_lone(event)) ++counts_.lone;
        if (event.peer >= 0 && !is_outside(event) && event.value != 0)
          state_->probed[event.value] = {
              messages_.receive(came(event), span.enter, span.site, it.number), event.communicator};
        return;
      case RegionRole::receive_matched:
        if (const auto receive = take_probed(frame.enter.value))
          messages_.received(receive->handle, -1, 0, event.value, arrival(span));
        return;
      case RegionRole::start_receive_matched:
        if (const auto receive = take_probed(frame.enter.value))
          return begin_request(span, event, *receive);
        return begin_request(span, event, PendingOther{});
      case RegionRole::one_sided:
      case RegionRole::file:
      case RegionRole::communicator:
      case RegionRole::other:
        if (event.value != 0) begin_request(span, event, PendingOther{});
        return;
      default: break;
    }
    if (frame.send) messages_.send_left(*frame.send, span.leave, false);
    if (frame.receive) end_receive(frame, it);
    if (frame.collective) collectives_.end(*frame.collective, span, span.leave);
  }

  void end_receive(const Frame& frame, const TimedEvent& leave) {
    const Event& event = leave.event;
    if (!is_joined(event)) return messages_.cancelled(*frame.receive);
    const Envelope it = came(event);
    ReceiveSide side = arrival(frame.span);
    if (frame.span.site.role == RegionRole::send_receive) side.event = leave.number;
    messages_.received(*frame.receive, it.source, it.tag, event.value, side);
  }
  /// The message that a leave event tells about.
  [[nodiscard]] Envelope came(const Event& event) const {
    return {process_->communicator(event.communicator).global, world_rank(event), process_->rank,
            event.tag, window_};
  }
  static ReceiveSide arrival(const CallSpan& span) {
    return {.site = span.site, .enter = span.enter, .leave = span.leave};
  }

  void begin_request(const CallSpan& span, const Event& leave, const Pending& pending) {
    state_->requests.begin(leave.value, pending, span.site.stream, window_);
  }

  std::optional<PendingReceive> take_probed(std::uint64_t bits) {
    const auto found = state_->probed.find(bits);
    if (found == state_->probed.end()) return std::nullopt;
    const PendingReceive receive = found->second;
    state_->probed.erase(found);
    return receive;
  }

  void start(const TimedEvent& it, const std::vector<Frame>& stack) {
    const auto begin = [&](const Pending& pending) {
      state_->requests.begin(it.event.value, pending, it.stream, window_);
    };
    Prepared* const prepared = state_->requests.prepared(it.event.value);
    if (is_lone(it.event)) ++counts_.lone;
    if (prepared == nullptr || is_lone(it.event)) return begin(PendingOther{});
    if (stack.empty()) return;
    prepared->envelope.window = window_;
    const Site& site = stack.back().span.site;
    if (!prepared->is_send) {
      if (prepared->envelope.source != -1)
        begin(PendingReceive{messages_.receive(prepared->envelope, it.at, site, it.number),
                             prepared->communicator});
      return;
    }
    if (prepared->envelope.target < 0) return;
    const SendHandle send =
        messages_.send(prepared->envelope, prepared->bytes,
                       {.site = site, .enter = it.at, .begun_in = it.stream, .event = it.number});
    messages_.send_left(send, it.at, true);
    begin(PendingSend{send});
  }

  void complete(const TimedEvent& it, const std::vector<Frame>& stack) {
    const RequestTable::Ended ended = state_->requests.complete(it.event.value, it.stream);
    if (!ended.known) ++counts_.unknown_requests;
    if (ended.pending && !stack.empty()) end_pending(*ended.pending, it, stack.back().span);
  }

  void end_pending(const Pending& pending, const TimedEvent& it, const CallSpan& wait) {
    if (const auto* send = std::get_if<PendingSend>(&pending)) {
      messages_.send_completed(send->handle, wait.site, wait.enter, it.at);
    } else if (const auto* receive = std::get_if<PendingReceive>(&pending)) {
      const std::int32_t source =
          traces_.world_rank(*process_, receive->communicator, it.event.peer);
      if (source < 0) {
        ++counts_.outside;
        return messages_.cancelled(receive->handle);
      }
      messages_.received(receive->handle, source, it.event.tag, it.event.communicator,
                         {.site = wait.site, .enter = wait.enter, .leave = it.at});
    } else if (const auto* part = std::get_if<PendingCollective>(&pending)) {
      collectives_.end(part->handle, wait, it.at);
    }
  }

  /// A call that completes requests found one cancelled, which may be started again, or one was
  /// freed.
  void cancel(const TimedEvent& it, const std::vector<Frame>& stack) {
    const bool is_completed = !stack.empty() && (stack.back().span.site.role == RegionRole::wait ||
                                                 stack.back().span.site.role == RegionRole::test);
    RequestTable& requests = state_->requests;
    const auto pending = is_completed ? requests.complete(it.event.value, it.stream).pending
                                      : requests.free(it.event.value, it.stream);
    if (!pending) return;
    if (const auto* receive = std::get_if<PendingReceive>(&*pending))
      messages_.cancelled(receive->handle);
    if (const auto* send = std::get_if<PendingSend>(&*pending))
      messages_.send_completed(send->handle, {}, never, never);
  }

  const TraceSet& traces_;
  MatchSink& sink_;
  MessageMatcher messages_;
  CollectiveCalls collectives_;
  std::vector<ProcessState> states_;
  const Process* process_ = nullptr;  ///< of the event at hand
  ProcessState* state_ = nullptr;
  std::uint32_t window_ = 0;  ///< that it was recorded in
  ReplayCounts counts_;
};

/// For a pass that is made for something else.
class Unheard final : public MatchSink {
 public:
  void call(const CallSpan& /*call*/) override {}
  void message(const Message& /*message*/) override {}
  void collective(const Collective& /*collective*/) override {}
};

}  // namespace

ReplayCounts replay(const TraceSet& traces, MatchSink& sink) {
  if (!traces.begins_midway()) return Replayer{traces, sink, nullptr, nullptr}.run();
  Unheard unheard;
  AlignmentFinder finder;
  static_cast<void>(Replayer{traces, unheard, nullptr, &finder}.run());
  const Alignment alignment = finder.find();
  return Replayer{traces, sink, &alignment, nullptr}.run();
}

}  // namespace foundation::analysis
