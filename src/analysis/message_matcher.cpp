#include "analysis/message_matcher.hpp"

#include <algorithm>

namespace foundation::analysis {
namespace {

bool is_wildcard(const Envelope& it) { return it.source == any_source || it.tag == any_tag; }

}  // namespace

// --- bookkeeping ---------------------------------------------------------------------------------

template <class T>
MessageMatcher::Handle MessageMatcher::Pool<T>::add(const T& end) {
  Handle handle = static_cast<Handle>(ends.size());
  if (free.empty()) {
    ends.push_back(end);
  } else {
    handle = free.back();
    free.pop_back();
    ends[handle] = end;
  }
  ends[handle].used = true;
  return handle;
}

template <class T>
void MessageMatcher::Pool<T>::remove(Handle handle) {
  ends[handle].used = false;
  free.push_back(handle);
}

template <class T>
MessageMatcher::Handle MessageMatcher::take_first(Pool<T>& pool, List& list) {
  const Handle first = list.head;
  list.head = pool.ends[first].next;
  if (list.head == none) list.tail = none;
  pool.ends[first].next = none;
  return first;
}

template <class T>
void MessageMatcher::put_last(Pool<T>& pool, List& list, Handle handle) {
  if (list.tail == none) {
    list.head = handle;
  } else {
    pool.ends[list.tail].next = handle;
  }
  list.tail = handle;
}

std::size_t MessageMatcher::open() const noexcept {
  return sends_.ends.size() - sends_.free.size() + receives_.ends.size() - receives_.free.size();
}

// --- sends ---------------------------------------------------------------------------------------

MessageMatcher::Handle MessageMatcher::send(const Envelope& envelope, std::uint64_t bytes,
                                            const SendSide& side) {
  SendEnd end;
  end.envelope = envelope;
  end.bytes = bytes;
  end.side = side;
  const Handle handle = sends_.add(end);
  if (finder_ != nullptr) finder_->sent(envelope);
  if (is_unpaired_send(envelope)) return handle;
  Channel& channel = channels_[envelope];
  if (channel.receives.head == none) {
    put_last(sends_, channel.sends, handle);
  } else {
    const Handle receive = take_first(receives_, channel.receives);
    if (channel.receives.head == none) channels_.erase(envelope);
    pair(handle, receive);
  }
  return handle;
}

void MessageMatcher::send_left(Handle send, TraceTime leave, bool completes_later) {
  sends_.ends[send].side.leave = leave;
  sends_.ends[send].ended = !completes_later;
  give_out_if_ended(send);
}

void MessageMatcher::send_given(Handle send, const Site& site, TraceTime enter) {
  SendSide& side = sends_.ends[send].side;
  side.site = site;
  side.enter = enter;
  side.leave = enter;
}

void MessageMatcher::send_completed(Handle send, const Site& wait, TraceTime enter,
                                    TraceTime leave) {
  SendEnd& end = sends_.ends[send];
  end.side.wait = wait;
  end.side.wait_enter = enter;
  end.side.wait_leave = leave;
  end.ended = true;
  give_out_if_ended(send);
}

// --- receives ------------------------------------------------------------------------------------

MessageMatcher::Queue& MessageMatcher::queue_of(const ReceiveEnd& receive) {
  const Envelope& it = receive.envelope;
  return queues_[{it.communicator, it.target, it.window}];
}

MessageMatcher::Handle MessageMatcher::receive(const Envelope& wanted, TraceTime posted,
                                               const Site& post, std::uint64_t event) {
  ReceiveEnd end;
  end.envelope = wanted;
  end.side.posted = posted;
  end.side.post = post;
  end.side.event = event;
  end.resolved = !is_wildcard(wanted);
  end.wanted_tag = wanted.tag;
  const Handle handle = receives_.add(end);
  Queue& queue = queue_of(end);
  const bool behind_wildcard = queue.tags.contains(wanted.tag) || queue.tags.contains(any_tag);
  if (end.resolved && !behind_wildcard) {
    enter_channel(handle);
    return handle;
  }
  ++queue.tags[wanted.tag];
  receives_.ends[handle].waiting = true;
  queue.waiting.push_back(handle);
  return handle;
}

void MessageMatcher::resolve(ReceiveEnd& receive, std::int32_t source, std::int32_t tag) noexcept {
  if (receive.resolved) return;
  receive.envelope.source = source;
  receive.envelope.tag = tag;
  receive.resolved = true;
}

void MessageMatcher::received(Handle receive, std::int32_t source, std::int32_t tag,
                              std::uint64_t bytes, const ReceiveSide& side) {
  ReceiveEnd& end = receives_.ends[receive];
  const ReceiveSide asked = end.side;
  resolve(end, source, tag);
  end.side = side;
  end.side.post = asked.post;
  end.side.posted = asked.posted;
  end.side.event = std::max(asked.event, side.event);
  end.bytes = bytes;
  end.ended = true;
  if (finder_ != nullptr) finder_->received(end.envelope);
  if (end.waiting) return advance(queue_of(end));
  if (end.partner != none) give_out_if_ended(end.partner);
}

void MessageMatcher::cancelled(Handle receive) {
  ReceiveEnd& end = receives_.ends[receive];
  end.cancelled = true;
  resolve(end, -1, end.envelope.tag);
  if (end.waiting) return advance(queue_of(end));
  if (end.partner != none) return;  // the cancelling came too late: the message goes to it
  const auto channel = channels_.find(end.envelope);
  if (channel == channels_.end()) return;
  List rest;
  for (List& list = channel->second.receives; list.head != none;) {
    const Handle it = take_first(receives_, list);
    if (it != receive) put_last(receives_, rest, it);
  }
  channel->second.receives = rest;
  if (rest.head == none) channels_.erase(channel);
  receives_.remove(receive);
}

/// Receives leave the queue in the order in which they were posted.
void MessageMatcher::advance(Queue& queue) {
  while (!queue.waiting.empty() && receives_.ends[queue.waiting.front()].resolved) {
    const Handle first = queue.waiting.front();
    queue.waiting.pop_front();
    ReceiveEnd& end = receives_.ends[first];
    end.waiting = false;
    if (--queue.tags[end.wanted_tag] == 0) queue.tags.erase(end.wanted_tag);
    if (end.cancelled) {
      receives_.remove(first);
    } else {
      enter_channel(first);
    }
  }
}

void MessageMatcher::enter_channel(Handle receive) {
  const Envelope envelope = receives_.ends[receive].envelope;
  if (is_unpaired_receive(envelope)) return;
  Channel& channel = channels_[envelope];
  if (channel.sends.head == none) return put_last(receives_, channel.receives, receive);
  const Handle send = take_first(sends_, channel.sends);
  if (channel.sends.head == none) channels_.erase(envelope);
  pair(send, receive);
}

bool MessageMatcher::is_unpaired_send(const Envelope& envelope) {
  const std::int64_t count = alignment_ == nullptr ? 0 : alignment_->unpaired(envelope);
  return count > 0 && passed_over_[envelope]++ < count;
}

bool MessageMatcher::is_unpaired_receive(const Envelope& envelope) {
  const std::int64_t count = alignment_ == nullptr ? 0 : -alignment_->unpaired(envelope);
  return count > 0 && passed_over_[envelope]++ < count;
}

// --- messages ------------------------------------------------------------------------------------

void MessageMatcher::pair(Handle send, Handle receive) {
  sends_.ends[send].partner = receive;
  receives_.ends[receive].partner = send;
  give_out_if_ended(send);
}

void MessageMatcher::give_out_if_ended(Handle send) {
  const SendEnd& from = sends_.ends[send];
  if (!from.ended || from.partner == none) return;
  const ReceiveEnd& to = receives_.ends[from.partner];
  if (!to.ended) return;
  sink_.message({.communicator = from.envelope.communicator,
                 .source = from.envelope.source,
                 .target = from.envelope.target,
                 .tag = from.envelope.tag,
                 .bytes = from.bytes,
                 .send = from.side,
                 .receive = to.side});
  receives_.remove(from.partner);
  sends_.remove(send);
}

void MessageMatcher::finish() {
  for (auto& [place, queue] : queues_)
    for (const Handle it : queue.waiting)
      if (receives_.ends[it].resolved && !receives_.ends[it].cancelled) {
        receives_.ends[it].waiting = false;
        enter_channel(it);
      }
  for (const SendEnd& it : sends_.ends) {
    if (!it.used) continue;
    Message message{.communicator = it.envelope.communicator,
                    .source = it.envelope.source,
                    .target = it.envelope.target,
                    .tag = it.envelope.tag,
                    .bytes = it.bytes,
                    .send = it.side};
    if (it.partner != none) message.receive = receives_.ends[it.partner].side;
    sink_.message(message);
  }
  for (const ReceiveEnd& it : receives_.ends) {
    if (!it.used || it.partner != none || it.cancelled) continue;
    sink_.message({.communicator = it.envelope.communicator,
                   .source = it.envelope.source,
                   .target = it.envelope.target,
                   .tag = it.envelope.tag,
                   .bytes = it.bytes,
                   .send = {},
                   .receive = it.side});
  }
}

}  // namespace foundation::analysis
