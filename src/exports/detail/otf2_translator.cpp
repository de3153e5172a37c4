#include "exports/detail/otf2_translator.hpp"

#include <algorithm>
#include <bit>

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
      sink_{sink},
      last_{process_.time.at(process_.recording->facts().last.ticks)} {
  for (const analysis::Region& it : process_.regions)
    functions_.push_back(collective_function(it.role, it.name));
  for (std::uint32_t i = 0; i < process_.recording->streams().size(); ++i)
    threads_.emplace_back(options, [this, i](const Record& record) { emit(i, record); });
}

void Otf2Translator::event(const TimedEvent& it) {
  thread_ = &threads_[it.stream];
  last_ = std::max(last_, it.at);
  thread_->advance(it.at);
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
  for (Otf2OpenCalls& thread : threads_) {
    thread.advance(end);
    while (!thread.empty()) thread.leave(RecordKind::leave_at_end, end);
  }
}

std::optional<std::uint32_t> Otf2Translator::open() const noexcept {
  for (const Otf2OpenCalls& it : threads_)
    if (!it.empty()) return it.innermost().region;
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
  thread_->enter({.enter = it.event, .role = region.role, .region = region.shared, .at = it.at});
  begin(thread_->innermost());
}

// Readers join messages by their order, so an end without its other one would mislead them.
void Otf2Translator::begin(OpenCall& call) {
  if (analysis::is_lone(call.enter)) return;
  switch (call.role) {
    case RegionRole::send:
    case RegionRole::synchronous_send:
    case RegionRole::send_receive: return begin_send(call, false);
    case RegionRole::start_send:
    case RegionRole::start_synchronous: return begin_send(call, true);
    case RegionRole::start_receive:
      if (call.enter.peer != nobody) begin_receive(call, channel(call.enter.communicator));
      return;
    case RegionRole::start_receive_matched:
      if (const auto found = probed_.extract(call.enter.value)) begin_receive(call, found.mapped());
      return;
    default: return begin_collective(call);
  }
}

void Otf2Translator::begin_send(OpenCall& call, bool with_request) {
  const Event& event = call.enter;
  if (event.peer < 0) return;
  const Channel to = channel(event.communicator);
  Record record{.kind = with_request ? RecordKind::start_send : RecordKind::send,
                .communicator = to.communicator,
                .peer = to.first + event.peer,
                .tag = event.tag,
                .at = call.at,
                .bytes = event.value};
  if (with_request) {
    record.request = next_request_++;
    call.completion = completion_of(record);
  }
  thread_->tell(record);
}

void Otf2Translator::begin_receive(OpenCall& call, const Channel& channel) {
  const Record record{.kind = RecordKind::start_receive,
                      .communicator = channel.communicator,
                      .peer = channel.first,
                      .at = call.at,
                      .request = next_request_++};
  call.completion = completion_of(record);
  thread_->tell(record);
}

void Otf2Translator::begin_collective(OpenCall& call) {
  const std::size_t id = call.enter.region;
  if (id >= functions_.size() || !functions_[id]) return;
  Record ended = collective(call, *functions_[id]);
  Record begun{.kind = RecordKind::begin_collective, .at = call.at};
  if (call.role == RegionRole::start_collective) {
    ended.kind = RecordKind::complete_collective;
    ended.request = next_request_++;
    begun.kind = RecordKind::start_collective;
    begun.request = ended.request;
  }
  call.completion = ended;
  thread_->tell(begun);
}

/// Between two groups, the root itself says MPI_ROOT, which the recorder keeps as a number below
/// that of MPI_PROC_NULL; the others of its group say that, and take no part in the data.
Record Otf2Translator::collective(const OpenCall& call, CollectiveFunction function) const {
  const analysis::LocalCommunicator local = process_.communicator(call.enter.communicator);
  const analysis::Communicator& it = traces_.communicators()[local.global];
  const bool has_sides = !it.remote.empty();
  const auto own_side = static_cast<std::int32_t>(local.reversed ? it.members.size() : 0);
  const std::int32_t named = call.enter.peer;
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
    record.peer = channel(call.enter.communicator).first + named;
  if (is_idle) return record;
  const std::size_t partners = (has_sides && !local.reversed ? it.remote : it.members).size();
  const CollectiveBytes bytes = collective_bytes(function, call.enter.value, partners, is_root);
  record.bytes = bytes.sent;
  record.bytes_received = bytes.received;
  return record;
}

void Otf2Translator::leave(const TimedEvent& it) {
  if (thread_->empty() || thread_->innermost().enter.region != it.event.region) return;
  end(thread_->innermost(), it);
  thread_->leave(RecordKind::leave, it.at);
}

/// What a call has brought, before it is left.
void Otf2Translator::end(const OpenCall& call, const TimedEvent& it) {
  if (analysis::is_lone(it.event)) return;
  switch (call.role) {
    case RegionRole::receive:
    case RegionRole::send_receive:
      if (call.role == RegionRole::receive && analysis::is_lone(call.enter)) return;
      if (it.event.peer >= 0) thread_->tell(arrival(it, channel(it.event.communicator)));
      return;
    case RegionRole::receive_matched:
      if (const auto found = probed_.extract(call.enter.value); found && it.event.peer >= 0)
        thread_->tell(arrival(it, found.mapped()));
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
      if (call.completion && thread_->are_wanted())
        requests_.begin(it.event.value, *call.completion);
      return;
    case RegionRole::prepare_send:
    case RegionRole::prepare_receive: return prepare(call, it.event.value);
    default: break;
  }
  if (!call.completion) return;
  Record ended = *call.completion;
  ended.at = it.at;
  thread_->tell(ended);
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

/// Of a receive, the peer is still to be added to where those begin.
Record Otf2Translator::completion_of(const Record& start) {
  const bool sends = start.kind == RecordKind::start_send;
  return {.kind = sends ? RecordKind::end_send : RecordKind::end_receive,
          .communicator = start.communicator,
          .peer = start.peer,
          .request = start.request};
}

void Otf2Translator::prepare(const OpenCall& call, std::uint64_t handle) {
  const Event& event = call.enter;
  const bool sends = call.role == RegionRole::prepare_send;
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
  requests_.prepare(handle, start);
}

void Otf2Translator::start(const TimedEvent& it) {
  std::optional<Record> record = requests_.prepared(it.event.value);
  if (!record || thread_->empty() || analysis::is_lone(it.event)) return;
  record->at = it.at;
  record->request = next_request_++;
  thread_->tell(*record);
  if (thread_->are_wanted()) requests_.begin_again(it.event.value, completion_of(*record));
}

void Otf2Translator::complete(const TimedEvent& it) {
  std::optional<Record> ended = requests_.take(it.event.value);
  if (!ended || thread_->empty()) return;
  ended->at = it.at;
  if (ended->kind == RecordKind::end_receive) {
    if (it.event.peer < 0) ended->kind = RecordKind::cancel;  // without a message
    ended->peer += it.event.peer;
    ended->tag = it.event.tag;
    ended->bytes = it.event.communicator;  // see trace::EventKind
  }
  thread_->tell(*ended);
}

/// Who frees the request of a send still sends: to OTF2 that is its completion.
void Otf2Translator::cancel(const TimedEvent& it) {
  std::optional<Record> ended = requests_.take(it.event.value);
  const bool is_freed = process_.region(it.event.region).name == "MPI_Request_free";
  if (is_freed) requests_.forget(it.event.value);
  if (!ended || thread_->empty()) return;
  if (!is_freed || ended->kind != RecordKind::end_send) ended->kind = RecordKind::cancel;
  ended->at = it.at;
  thread_->tell(*ended);
}

void Otf2Translator::point(const TimedEvent& it) {
  const bool counts = it.event.kind == EventKind::counter;
  thread_->tell({.kind = counts ? RecordKind::counter : RecordKind::mark,
                 .region = process_.region(it.event.region).shared,
                 .at = it.at,
                 .value = counts ? std::bit_cast<double>(it.event.value) : 0});
}

void Otf2Translator::emit(std::uint32_t stream, const Record& record) {
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
  sink_(stream, record);
}

}  // namespace foundation::exports::detail
