#include "capture/call_counts.hpp"

#include "analysis/open_regions.hpp"

namespace foundation::capture {

using trace::Event;
using trace::EventKind;
using trace::RegionRole;

namespace {

bool is_given(RegionRole role) {
  switch (role) {
    case RegionRole::send:
    case RegionRole::synchronous_send:
    case RegionRole::send_receive:
    case RegionRole::start_send:
    case RegionRole::start_synchronous:
    case RegionRole::prepare_send:
    case RegionRole::barrier:
    case RegionRole::all_to_all:
    case RegionRole::one_to_all:
    case RegionRole::all_to_one:
    case RegionRole::prefix:
    case RegionRole::start_collective: return true;
    default: return false;
  }
}

bool is_received(RegionRole role) {
  return role == RegionRole::receive || role == RegionRole::send_receive ||
         role == RegionRole::probe || role == RegionRole::receive_matched;
}

}  // namespace

std::optional<std::uint64_t> bytes_of(const Event& event, RegionRole role) {
  if (event.kind == EventKind::enter && is_given(role)) return event.value;
  if (event.kind == EventKind::leave && is_received(role)) return event.value;
  // Of a receive; of others the place means nothing, and holds what MPI left in the status.
  if (event.kind == EventKind::complete) return event.communicator;
  return std::nullopt;
}

void CallCounter::add(const Event& event) {
  if (event.region >= counts_.size()) return;
  CallCount& it = counts_[event.region];
  const RegionRole role = process_.region(event.region).role;
  if (event.kind == EventKind::enter) {
    ++it.count;
    open_.push_back({event.region, process_.time.at(event.ticks)});
  } else if (event.kind == EventKind::leave) {
    leave(event);
  }
  const bool counts = event.kind != EventKind::complete && role != RegionRole::probe;
  if (const auto bytes = bytes_of(event, role); counts && bytes) it.bytes += *bytes;
}

void CallCounter::leave(const Event& event) {
  const auto cut_off = analysis::cut_off_by_end(
      open_, [&](const Open& open) { return open.region == event.region; },
      [&](const Open& open) { return process_.region(open.region).role != RegionRole::program; });
  if (!cut_off) return;
  const analysis::TraceTime at = process_.time.at(event.ticks);
  for (std::size_t i = 0; i < *cut_off; ++i) {
    ++counts_[open_.back().region].open;
    counts_[open_.back().region].time += at - open_.back().since;
    open_.pop_back();
  }
  counts_[event.region].time += at - open_.back().since;
  open_.pop_back();
}

void CallCounter::end_stream(analysis::TraceTime last) {
  for (const Open& open : open_) {
    ++counts_[open.region].open;
    counts_[open.region].time += last - open.since;
  }
  open_.clear();
}

}  // namespace foundation::capture
