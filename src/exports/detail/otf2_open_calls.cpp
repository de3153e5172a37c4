#include "exports/detail/otf2_open_calls.hpp"

#include <algorithm>
#include <utility>

namespace foundation::exports::detail {
namespace {

/// Calls that overlap with the limits are exported, whole, if they last long enough.
bool is_wanted(const ExportOptions& limits, const OpenCall& call, analysis::TraceTime now) {
  return call.at <= limits.to && now >= limits.from && now - call.at >= limits.min_duration;
}

}  // namespace

Otf2OpenCalls::Otf2OpenCalls(const ExportOptions& limits, Emit emit)
    : limits_{limits}, emit_{std::move(emit)} {}

void Otf2OpenCalls::advance(analysis::TraceTime now) {
  const std::size_t before = wanted_;
  while (wanted_ < calls_.size() && is_wanted(limits_, calls_[wanted_].call, now)) ++wanted_;
  if (wanted_ == before) return;
  const std::size_t count = are_wanted() ? waiting_.size() : calls_[wanted_].first;
  const auto end = waiting_.begin() + static_cast<std::ptrdiff_t>(count);
  std::for_each(waiting_.begin(), end, emit_);
  waiting_.erase(waiting_.begin(), end);
  for (std::size_t i = wanted_; i < calls_.size(); ++i) calls_[i].first -= count;
}

void Otf2OpenCalls::enter(const OpenCall& call) {
  calls_.push_back({call, waiting_.size()});
  advance(call.at);
  tell({.kind = RecordKind::enter, .region = call.region, .at = call.at});
}

void Otf2OpenCalls::tell(const Record& record) {
  if (empty() && (record.at < limits_.from || record.at > limits_.to)) return;
  if (are_wanted())
    emit_(record);
  else
    waiting_.push_back(record);
}

void Otf2OpenCalls::leave(RecordKind kind, analysis::TraceTime at) {
  const Open& ended = calls_.back();
  if (are_wanted()) {
    emit_({.kind = kind, .region = ended.call.region, .at = at});
    --wanted_;
  } else {
    waiting_.resize(ended.first);
  }
  calls_.pop_back();
}

}  // namespace foundation::exports::detail
