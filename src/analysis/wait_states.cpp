#include "analysis/wait_states.hpp"

#include <algorithm>
#include <array>

namespace foundation::analysis {

using trace::RegionRole;
using Part = Participation;

std::string_view name_of(WaitPattern pattern) noexcept {
  static constexpr std::array<std::string_view, wait_patterns> names{"late sender",
                                                                     "late sender, wrong order",
                                                                     "late receiver",
                                                                     "wait at barrier",
                                                                     "barrier completion",
                                                                     "wait at all-to-all",
                                                                     "all-to-all completion",
                                                                     "early reduce",
                                                                     "late broadcast",
                                                                     "early scan",
                                                                     "start skew",
                                                                     "end skew"};
  return names[static_cast<std::size_t>(pattern)];
}

namespace {

/// A wait of the call `site` from `begin` until `until`, at most to the end of the call.
void add(const WaitVisitor& visit, WaitPattern pattern, const Site& site, TraceTime call,
         TraceTime begin, TraceTime until, TraceTime leave, const Site& causer) {
  const TraceTime duration = std::min(until, leave) - begin;
  if (duration <= 0 || site.process == causer.process) return;
  visit({.call = call,
         .begin = begin,
         .duration = duration,
         .site = site,
         .causer = causer,
         .pattern = pattern});
}

bool is_synchronous(RegionRole role) {
  return role == RegionRole::synchronous_send || role == RegionRole::start_synchronous;
}
bool waits_in(RegionRole role) { return role != RegionRole::test; }

// --- collectives ---------------------------------------------------------------------------------

void wait_for(const WaitVisitor& visit, WaitPattern pattern, const Part& part, const Part& causer) {
  if (waits_in(part.site.role))
    add(visit, pattern, part.site, part.enter, part.enter, causer.posted, part.leave, causer.site);
}

/// The last to arrive; of several, the one of the lowest process.
template <class Range>
const Part& last_of(const Range& parts) {
  return *std::ranges::min_element(parts, [](const Part& a, const Part& b) {
    return a.posted != b.posted ? a.posted > b.posted : a.site.process < b.site.process;
  });
}

void everybody_waits(const Collective& it, WaitPattern pattern, const WaitVisitor& visit) {
  const Part& last = last_of(it.parts);
  for (const Part& part : it.parts) wait_for(visit, pattern, part, last);
}

void completion(const Collective& it, WaitPattern pattern, const WaitVisitor& visit) {
  const TraceTime last = last_of(it.parts).posted;
  TraceTime first_left = it.parts.front().leave;
  for (const Part& part : it.parts) first_left = std::min(first_left, part.leave);
  for (const Part& part : it.parts)
    if (waits_in(part.site.role))
      add(visit, pattern, part.site, part.enter, std::max({first_left, part.enter, last}),
          part.leave, part.leave, {.process = nobody});
}

void rooted(const Collective& it, const WaitVisitor& visit) {
  const auto root = std::ranges::find_if(it.parts, &Part::is_root);
  if (root == it.parts.end()) return;
  if (it.role == RegionRole::all_to_one)
    return wait_for(visit, WaitPattern::early_reduce, *root, last_of(it.parts));
  for (const Part& part : it.parts) wait_for(visit, WaitPattern::late_broadcast, part, *root);
}

void prefix(const Collective& it, const WaitVisitor& visit) {
  std::vector<Part> parts = it.parts;
  std::ranges::sort(parts, {}, &Part::rank);
  const Part* last = nullptr;
  for (const Part& part : parts) {
    if (last != nullptr) wait_for(visit, WaitPattern::early_scan, part, *last);
    if (last == nullptr || part.posted > last->posted) last = &part;
  }
}

}  // namespace

void find_waits(const Message& it, const WaitOptions& options, const WaitVisitor& visit) {
  if (!it.has_send() || !it.has_receive()) return;
  const SendSide& send = it.send;
  const ReceiveSide& receive = it.receive;
  if (receive.enter != never && waits_in(receive.site.role))
    add(visit, WaitPattern::late_sender, receive.site, receive.enter, receive.enter, send.enter,
        receive.leave, send.site);
  const bool needs_receiver = it.bytes > options.eager_limit || is_synchronous(send.site.role);
  if (!needs_receiver) return;
  const bool blocks = send.site.role == RegionRole::send ||
                      send.site.role == RegionRole::synchronous_send ||
                      send.site.role == RegionRole::send_receive;
  if (blocks && send.leave != never)
    add(visit, WaitPattern::late_receiver, send.site, send.enter, send.enter, receive.posted,
        send.leave, receive.post);
  if (!blocks && send.wait_enter != never && waits_in(send.wait.role))
    add(visit, WaitPattern::late_receiver, send.wait, send.wait_enter, send.wait_enter,
        receive.posted, send.wait_leave, receive.post);
}

void find_waits(const Collective& it, const WaitVisitor& visit) {
  if (!it.complete() || !it.consistent || it.parts.empty()) return;
  for (const Part& part : it.parts)
    if (part.leave == never || part.posted == never) return;
  switch (it.role) {
    case RegionRole::barrier:
      everybody_waits(it, WaitPattern::wait_at_barrier, visit);
      return completion(it, WaitPattern::barrier_completion, visit);
    case RegionRole::all_to_all:
      everybody_waits(it, WaitPattern::wait_at_nxn, visit);
      return completion(it, WaitPattern::nxn_completion, visit);
    case RegionRole::all_to_one:
    case RegionRole::one_to_all: return rooted(it, visit);
    case RegionRole::prefix: return prefix(it, visit);
    case RegionRole::initialize: return everybody_waits(it, WaitPattern::start_skew, visit);
    case RegionRole::finalize: return everybody_waits(it, WaitPattern::end_skew, visit);
    default: return;
  }
}

// --- wrong order ---------------------------------------------------------------------------------

void WrongOrder::message(const Message& message) {
  if (!message.has_send() || !message.has_receive()) return;
  const auto found = held_.find({message.send.site.process, message.receive.site.process});
  if (found == held_.end()) return;
  for (Held& it : found->second)
    if (message.send.enter < it.sent && message.receive.posted >= it.received)
      it.wait.pattern = WaitPattern::late_sender_order;
}

void WrongOrder::late_sender(const Wait& wait, const Message& message) {
  std::deque<Held>& held = held_[{wait.causer.process, wait.site.process}];
  held.push_back({wait, message.send.enter, message.receive.leave});
  if (held.size() <= window_) return;
  visit_(held.front().wait);
  held.pop_front();
}

void WrongOrder::finish() {
  for (const auto& [pair, held] : held_)
    for (const Held& it : held) visit_(it.wait);
  held_.clear();
}

}  // namespace foundation::analysis
