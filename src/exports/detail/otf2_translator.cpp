#include "exports/detail/otf2_translator.hpp"

#include <algorithm>
#include <bit>
#include <utility>

namespace foundation::exports::detail {

using analysis::TimedEvent;
using analysis::TraceTime;
using trace::Event;
using trace::EventKind;
using trace::RegionRole;

namespace {

constexpr std::int32_t nobody = -1;  ///< MPI_PROC_NULL as a peer in an event

bool needs_root(CollectiveFunction function) {
  switch (function) {
    case CollectiveFunction::broadcast:
    case CollectiveFunction::gather:
    case CollectiveFunction::gather_varying:
    case CollectiveFunction::scatter:
    case CollectiveFunction::scatter_varying:
    case CollectiveFunction::reduce: return true;
    default: return false;
  }
}

}  // namespace

Otf2Translator::Otf2Translator(const analysis::TraceSet& traces, std::uint32_t process,
                               const ExportOptions& options, const RecordSink& sink)
    : traces_{traces},
      process_{traces.processes()[process]},
      options_{options},
      sink_{sink},
      threads_(process_.recording->streams().size()),
      last_{process_.time.at(process_.recording->facts().last.ticks)} {
  for (const analysis::Region& it : process_.regions)
    functions_.push_back(collective_function(it.role, it.name));
}

void Otf2Translator::event(const TimedEvent& it) {
  stream_ = it.stream;
  thread_ = &threads_[stream_];
  last_ = std::max(last_, it.at);
  confirm(it.at);
  switch (it.event.kind) {
    case EventKind::enter: return enter(it);
    case EventKind::leave: return leave(it);
    case EventKind::start: return start(it);
    case EventKind::complete: return complete(it);
    case EventKind::cancel: return cancel(it);
    case EventKind::counter:
    case EventKind::mark: return point(it);
    case EventKind::sample: return;  // a call path is none of the records written here
  }
}

void Otf2Translator::finish(TraceTime end) {
  end = std::max(end, last_);
  for (stream_ = 0; stream_ < threads_.size(); ++stream_) {
    thread_ = &threads_[stream_];
    confirm(end);
    while (!thread_->stack.empty()) close(RecordKind::leave_at_end, end);
  }
}

std::optional<std::uint32_t> Otf2Translator::open() const noexcept {
  for (const Thread& it : threads_)
    if (!it.stack.empty()) return it.stack.back().region;
  return std::nullopt;
}

Otf2Translator::Channel Otf2Translator::channel(std::uint32_t communicator) const {
  const analysis::LocalCommunicator local = process_.communicator(communicator);
  const analysis::Communicator& it = traces_.communicators()[local.global];
  const bool behind = !it.remote.empty() && !local.reversed;
  return {local.global, behind ? static_cast<std::int32_t>(it.members.size()) : 0};
}

// --- calls ---------------------------------------------------------------------------------------

void Otf2Translator::enter(const TimedEvent& it) {
  const analysis::Region& region = process_.region(it.event.region);
  thread_->stack.push_back({.enter = it.event,
                            .role = region.role,
                            .region = region.shared,
                            .at = it.at,
                            .first = thread_->waiting.size()});
  confirm(it.at);
  put({.kind = RecordKind::enter, .region = region.shared, .at = it.at});
  begin(thread_->stack.back());
}

void Otf2Translator::begin(Frame& frame) {
  switch (frame.role) {
    case RegionRole::send:
    case RegionRole::synchronous_send:
    case RegionRole::send_receive: return begin_send(frame, false);
    case RegionRole::start_send:
    case RegionRole::start_synchronous: return begin_send(frame, true);
    case RegionRole::start_receive:
      if (frame.enter.peer != nobody) begin_receive(frame, channel(frame.enter.communicator));
      return;
    case RegionRole::start_receive_matched:
      if (const auto found = probed_.extract(frame.enter.value))
        begin_receive(frame, found.mapped());
      return;
    default: return begin_collective(frame);
  }
}

void Otf2Translator::begin_send(Frame& frame, bool with_request) {
  const Event& event = frame.enter;
  if (event.peer == nobody) return;
  const Channel to = channel(event.communicator);
  Record record{.kind = with_request ? RecordKind::start_send : RecordKind::send,
                .communicator = to.communicator,
                .peer = to.first + event.peer,
                .tag = event.tag,
                .at = frame.at,
                .bytes = event.value};
  if (with_request) {
    record.request = next_request_++;
    frame.completion = completion_of(record);
  }
  put(record);
}

void Otf2Translator::begin_receive(Frame& frame, const Channel& channel) {
  const Record record{.kind = RecordKind::start_receive,
                      .communicator = channel.communicator,
                      .peer = channel.first,
                      .at = frame.at,
                      .request = next_request_++};
  frame.completion = completion_of(record);
  put(record);
}

void Otf2Translator::begin_collective(Frame& frame) {
  const std::size_t id = frame.enter.region;
  if (id >= functions_.size() || !functions_[id]) return;
  Record ended = collective(frame, *functions_[id]);
  Record begun{.kind = RecordKind::begin_collective, .at = frame.at};
  if (frame.role == RegionRole::start_collective) {
    ended.kind = RecordKind::complete_collective;
    ended.request = next_request_++;
    begun.kind = RecordKind::start_collective;
    begun.request = ended.request;
  }
  frame.completion = ended;
  put(begun);
}

/// Between two groups, the root itself says MPI_ROOT, which the recorder keeps as a number below
/// that of MPI_PROC_NULL; the others of its group say that, and take no part in the data.
Record Otf2Translator::collective(const Frame& frame, CollectiveFunction function) const {
  const analysis::LocalCommunicator local = process_.communicator(frame.enter.communicator);
  const analysis::Communicator& it = traces_.communicators()[local.global];
  const bool has_sides = !it.remote.empty();
  const auto own_side = static_cast<std::int32_t>(local.reversed ? it.members.size() : 0);
  const std::int32_t named = frame.enter.peer;
  const bool has_root = needs_root(function);
  const bool is_root = has_root && (has_sides ? named < nobody : named == local.rank);
  const bool is_idle = has_root && has_sides && named == nobody;
  Record record{.kind = RecordKind::end_collective,
                .function = function,
                .communicator = local.global,
                .peer = no_root};
  if (is_root)
    record.peer = own_side + local.rank;
  else if (has_root && named >= 0)
    record.peer = channel(frame.enter.communicator).first + named;
  if (is_idle) return record;
  const std::size_t partners = (has_sides && !local.reversed ? it.remote : it.members).size();
  const CollectiveBytes bytes = collective_bytes(function, frame.enter.value, partners, is_root);
  record.bytes = bytes.sent;
  record.bytes_received = bytes.received;
  return record;
}

void Otf2Translator::leave(const TimedEvent& it) {
  if (thread_->stack.empty() || thread_->stack.back().enter.region != it.event.region) return;
  end(thread_->stack.back(), it);
  close(RecordKind::leave, it.at);
}

/// What a call has brought, before it is left.
void Otf2Translator::end(const Frame& frame, const TimedEvent& it) {
  switch (frame.role) {
    case RegionRole::receive:
    case RegionRole::send_receive:
      if (it.event.peer != nobody &&
          (frame.role == RegionRole::send_receive || frame.enter.peer != nobody))
        put(arrival(it, channel(it.event.communicator)));
      return;
    case RegionRole::receive_matched:
      if (const auto found = probed_.extract(frame.enter.value)) put(arrival(it, found.mapped()));
      return;
    case RegionRole::probe_matched:
      if (it.event.peer >= 0 && it.event.value != 0)
        probed_.insert_or_assign(it.event.value, channel(it.event.communicator));
      return;
    case RegionRole::start_send:
    case RegionRole::start_synchronous:
    case RegionRole::start_receive:
    case RegionRole::start_receive_matched:
    case RegionRole::start_collective:
      // Only those whose start is written: the others have no beginning for the reader.
      if (frame.completion && is_written()) remember(*frame.completion, it.event.value);
      return;
    case RegionRole::prepare_send:
    case RegionRole::prepare_receive: return prepare(frame, it.event.value);
    default: break;
  }
  if (!frame.completion) return;
  Record ended = *frame.completion;
  ended.at = it.at;
  put(ended);
}

/// A message that a leave event tells about.
Record Otf2Translator::arrival(const TimedEvent& it, const Channel& channel) {
  return {.kind = RecordKind::receive,
          .communicator = channel.communicator,
          .peer = channel.first + it.event.peer,
          .tag = it.event.tag,
          .at = it.at,
          .bytes = it.event.value};
}

// --- requests ------------------------------------------------------------------------------------

Record Otf2Translator::completion_of(const Record& start) {
  const bool sends = start.kind == RecordKind::start_send;
  return {.kind = sends ? RecordKind::end_send : RecordKind::end_receive,
          .communicator = start.communicator,
          .peer = start.peer,
          .request = start.request};
}

void Otf2Translator::remember(const Record& completion, std::uint64_t handle) {
  Request& request = requests_[handle];
  const bool is_shared = request.completion && request.completion->kind == RecordKind::end_send &&
                         completion.kind == RecordKind::end_send;
  if (!is_shared) {
    request = Request{.start = {}, .completion = completion};
    return;
  }
  if (!request.others) request.others = std::make_unique<std::deque<Record>>();
  request.others->push_back(completion);
}

/// The oldest that is under way. A request that is over is forgotten, unless it can start again.
std::optional<Record> Otf2Translator::take_completion(std::uint64_t handle) {
  const auto found = requests_.find(handle);
  if (found == requests_.end()) return std::nullopt;
  Request& request = found->second;
  std::optional<Record> taken = std::exchange(request.completion, std::nullopt);
  if (request.others && !request.others->empty()) {
    request.completion = request.others->front();
    request.others->pop_front();
  } else if (!request.start) {
    requests_.erase(found);
  }
  return taken;
}

void Otf2Translator::prepare(const Frame& frame, std::uint64_t handle) {
  const Event& event = frame.enter;
  const bool sends = frame.role == RegionRole::prepare_send;
  if (event.peer == nobody) return;
  const Channel with = channel(event.communicator);
  Record start{.kind = sends ? RecordKind::start_send : RecordKind::start_receive,
               .communicator = with.communicator,
               .peer = with.first};
  if (sends) {
    start.peer += event.peer;
    start.tag = event.tag;
    start.bytes = event.value;
  }
  requests_.insert_or_assign(handle, Request{.start = start, .completion = {}});
}

void Otf2Translator::start(const TimedEvent& it) {
  const auto found = requests_.find(it.event.value);
  if (found == requests_.end() || !found->second.start || thread_->stack.empty()) return;
  Record record = *found->second.start;
  record.at = it.at;
  record.request = next_request_++;
  put(record);
  if (is_written()) found->second.completion = completion_of(record);
}

void Otf2Translator::complete(const TimedEvent& it) {
  std::optional<Record> ended = take_completion(it.event.value);
  if (!ended || thread_->stack.empty()) return;
  ended->at = it.at;
  if (ended->kind == RecordKind::end_receive) {
    if (it.event.peer < 0) ended->kind = RecordKind::cancel;
    ended->peer += it.event.peer;
    ended->tag = it.event.tag;
    ended->bytes = it.event.communicator;  // see trace::EventKind
  }
  put(*ended);
}

/// Who frees the request of a send still sends: to OTF2 that is its completion.
void Otf2Translator::cancel(const TimedEvent& it) {
  std::optional<Record> ended = take_completion(it.event.value);
  const bool is_freed = process_.region(it.event.region).name == "MPI_Request_free";
  if (const auto found = requests_.find(it.event.value);
      is_freed && found != requests_.end() && found->second.start)
    requests_.erase(found);
  if (!ended || thread_->stack.empty()) return;
  if (!is_freed || ended->kind != RecordKind::end_send) ended->kind = RecordKind::cancel;
  ended->at = it.at;
  put(*ended);
}

void Otf2Translator::point(const TimedEvent& it) {
  const bool counts = it.event.kind == EventKind::counter;
  put({.kind = counts ? RecordKind::counter : RecordKind::mark,
       .region = process_.region(it.event.region).shared,
       .at = it.at,
       .value = counts ? std::bit_cast<double>(it.event.value) : 0});
}

// --- limits --------------------------------------------------------------------------------------

bool Otf2Translator::is_wanted(const Frame& frame, TraceTime now) const noexcept {
  return frame.at <= options_.to && now >= options_.from && now - frame.at >= options_.min_duration;
}

/// Calls that are open now lie within the limits as soon as they have lasted long enough. The
/// call around one began before it: those within the limits are always the first of the stack.
void Otf2Translator::confirm(TraceTime now) {
  Thread& it = *thread_;
  const std::size_t before = it.wanted;
  while (it.wanted < it.stack.size() && is_wanted(it.stack[it.wanted], now)) ++it.wanted;
  if (it.wanted == before) return;
  const std::size_t end =
      it.wanted < it.stack.size() ? it.stack[it.wanted].first : it.waiting.size();
  for (std::size_t i = 0; i < end; ++i) emit(it.waiting[i]);
  it.waiting.erase(it.waiting.begin(), it.waiting.begin() + static_cast<std::ptrdiff_t>(end));
  for (std::size_t i = it.wanted; i < it.stack.size(); ++i) it.stack[i].first -= end;
}

/// Ends the innermost call; one outside of the limits goes with all that it has told.
void Otf2Translator::close(RecordKind kind, TraceTime at) {
  Thread& it = *thread_;
  const Frame frame = it.stack.back();
  if (is_written()) {
    put({.kind = kind, .region = frame.region, .at = at});
    --it.wanted;
  } else {
    it.waiting.resize(frame.first);
  }
  it.stack.pop_back();
}

void Otf2Translator::put(const Record& record) {
  Thread& it = *thread_;
  const bool outside = it.stack.empty();
  if (outside && (record.at < options_.from || record.at > options_.to)) return;
  if (is_written())
    emit(record);
  else
    it.waiting.push_back(record);
}

void Otf2Translator::emit(const Record& record) {
  switch (record.kind) {
    case RecordKind::enter: ++counts_.calls; break;
    case RecordKind::send:
    case RecordKind::start_send: ++counts_.sends; break;
    case RecordKind::receive:
    case RecordKind::end_receive: ++counts_.receives; break;
    case RecordKind::begin_collective:
    case RecordKind::start_collective: ++counts_.collectives; break;
    default: break;
  }
  sink_(stream_, record);
}

}  // namespace foundation::exports::detail
