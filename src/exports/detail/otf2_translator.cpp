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

/// Between two groups, MPI has two roots that are no ranks; the recorder keeps MPI_PROC_NULL as
/// `nobody` and MPI_ROOT as some other negative number.
std::int32_t root_of(CollectiveFunction function, std::int32_t peer) {
  if (!needs_root(function)) return no_root;
  if (peer >= 0) return peer;
  return peer == nobody ? root_is_in_group : root_is_self;
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

void Otf2Translator::finish() {
  for (stream_ = 0; stream_ < threads_.size(); ++stream_) {
    thread_ = &threads_[stream_];
    confirm(last_);
    while (!thread_->stack.empty()) close(RecordKind::leave_at_end, last_);
  }
}

std::optional<std::uint32_t> Otf2Translator::open() const noexcept {
  for (const Thread& it : threads_)
    if (!it.stack.empty()) return it.stack.back().region;
  return std::nullopt;
}

std::uint32_t Otf2Translator::global(std::uint32_t communicator) const noexcept {
  return process_.communicator(communicator).global;
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
      if (frame.enter.peer != nobody)
        begin_receive(frame, {.kind = RecordKind::end_receive,
                              .communicator = global(frame.enter.communicator)});
      return;
    case RegionRole::start_receive_matched:
      if (const auto found = probed_.extract(frame.enter.value))
        begin_receive(frame, {.kind = RecordKind::end_receive, .communicator = found.mapped()});
      return;
    default: return begin_collective(frame);
  }
}

void Otf2Translator::begin_send(Frame& frame, bool with_request) {
  const Event& event = frame.enter;
  if (event.peer == nobody) return;
  Record record{.kind = with_request ? RecordKind::start_send : RecordKind::send,
                .communicator = global(event.communicator),
                .peer = event.peer,
                .tag = event.tag,
                .at = frame.at,
                .bytes = event.value};
  if (with_request) {
    record.request = next_request_++;
    frame.completion = completion_of(record);
  }
  put(record);
}

void Otf2Translator::begin_receive(Frame& frame, const Record& completion) {
  frame.completion = completion;
  frame.completion->request = next_request_++;
  put({.kind = RecordKind::start_receive,
       .communicator = completion.communicator,
       .at = frame.at,
       .request = frame.completion->request});
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

Record Otf2Translator::collective(const Frame& frame, CollectiveFunction function) const {
  const analysis::LocalCommunicator local = process_.communicator(frame.enter.communicator);
  const analysis::Communicator& it = traces_.communicators()[local.global];
  const bool has_sides = !it.remote.empty();
  const std::size_t partners = (has_sides && !local.reversed ? it.remote : it.members).size();
  const std::int32_t root = root_of(function, frame.enter.peer);
  const bool is_root = root == root_is_self || (!has_sides && root >= 0 && root == local.rank);
  const CollectiveBytes bytes = collective_bytes(function, frame.enter.value, partners, is_root);
  return {.kind = RecordKind::end_collective,
          .function = function,
          .communicator = local.global,
          .peer = root,
          .bytes = bytes.sent,
          .bytes_received = bytes.received};
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
        put(arrival(it, global(it.event.communicator)));
      return;
    case RegionRole::receive_matched:
      if (const auto found = probed_.extract(frame.enter.value)) put(arrival(it, found.mapped()));
      return;
    case RegionRole::probe_matched:
      if (it.event.peer >= 0 && it.event.value != 0)
        probed_.insert_or_assign(it.event.value, global(it.event.communicator));
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
Record Otf2Translator::arrival(const TimedEvent& it, std::uint32_t communicator) const {
  return {.kind = RecordKind::receive,
          .communicator = communicator,
          .peer = it.event.peer,
          .tag = it.event.tag,
          .at = it.at,
          .bytes = it.event.value};
}

// --- requests ------------------------------------------------------------------------------------

Record Otf2Translator::completion_of(const Record& start) {
  const bool sends = start.kind == RecordKind::start_send;
  return {.kind = sends ? RecordKind::end_send : RecordKind::end_receive,
          .communicator = start.communicator,
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
  Record start{.kind = sends ? RecordKind::start_send : RecordKind::start_receive,
               .communicator = global(event.communicator)};
  if (sends) {
    start.peer = event.peer;
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
    ended->peer = it.event.peer;
    ended->tag = it.event.tag;
    ended->bytes = it.event.communicator;  // see trace::EventKind
    if (ended->peer < 0) ended->kind = RecordKind::cancel;
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
