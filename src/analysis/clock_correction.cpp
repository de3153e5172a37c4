#include "analysis/clock_correction.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>
#include <optional>
#include <utility>

namespace foundation::analysis {
namespace {

/// The least transfer seen in each direction between two hosts in a part of the trace.
struct Transfers {
  struct Least {
    TraceTime transfer = std::numeric_limits<TraceTime>::max();
    TraceTime at = 0;
  };
  Least out, back;  ///< from the lower host to the higher one, and back

  void add(bool is_out, const ClockCondition& it) {
    Least& least = is_out ? out : back;
    const TraceTime transfer = it.received - it.sent;
    if (transfer < least.transfer) least = {transfer, it.sent};
  }
  [[nodiscard]] bool complete() const {
    constexpr TraceTime none = std::numeric_limits<TraceTime>::max();
    return out.transfer != none && back.transfer != none;
  }
  /// What the higher host's clock is ahead, and when, and how wrong that may be.
  [[nodiscard]] double ahead() const {
    return (static_cast<double>(out.transfer) - static_cast<double>(back.transfer)) / 2;
  }
  [[nodiscard]] double at() const {
    return (static_cast<double>(out.at) + static_cast<double>(back.at)) / 2;
  }
  /// How wrong the line may be, by the messages that came closest to contradicting it.
  [[nodiscard]] double bound(const HostLine& line) const {
    const double least_out = static_cast<double>(out.transfer - line.at(out.at));
    const double least_back = static_cast<double>(back.transfer + line.at(back.at));
    return std::max(std::abs(least_out), std::abs(least_back));
  }
};
struct Link {
  Transfers early, late;
};
using HostPair = std::pair<std::uint32_t, std::uint32_t>;

/// How far ahead the higher host of a link is, as a line.
std::optional<HostLine> ahead(const Link& link) {
  const Transfers& a = link.early;
  const Transfers& b = link.late;
  if (!a.complete() && !b.complete()) return std::nullopt;
  if (!a.complete() || !b.complete() || b.at() <= a.at()) {
    const Transfers& it = a.complete() ? a : b;
    HostLine line{it.ahead(), 0, 0, true};
    line.bound = it.bound(line);
    return line;
  }
  const double drift = (b.ahead() - a.ahead()) / (b.at() - a.at());
  HostLine line{a.ahead() - drift * a.at(), drift, 0, true};
  line.bound = std::max(a.bound(line), b.bound(line));
  return line;
}

}  // namespace

std::vector<HostLine> fit_hosts(const std::vector<ClockCondition>& conditions,
                                const std::vector<std::uint32_t>& hosts) {
  TraceTime first = std::numeric_limits<TraceTime>::max();
  TraceTime last = std::numeric_limits<TraceTime>::min();
  for (const ClockCondition& it : conditions) {
    first = std::min(first, it.sent);
    last = std::max(last, it.sent);
  }
  const TraceTime middle = first + (last - first) / 2;
  std::map<HostPair, Link> links;
  for (const ClockCondition& it : conditions) {
    const std::uint32_t from = hosts[it.from];
    const std::uint32_t to = hosts[it.to];
    if (from == to) continue;
    Link& link = links[{std::min(from, to), std::max(from, to)}];
    (it.sent < middle ? link.early : link.late).add(from < to, it);
  }
  const std::uint32_t count = hosts.empty() ? 0 : *std::ranges::max_element(hosts) + 1;
  std::vector<HostLine> lines(count);
  if (count != 0) lines[0].known = true;
  for (bool found = true; found;) {
    found = false;
    for (const auto& [pair, link] : links) {
      const bool low_known = lines[pair.first].known;
      if (low_known == lines[pair.second].known) continue;
      const auto line = ahead(link);
      if (!line) continue;
      const HostLine& known = lines[low_known ? pair.first : pair.second];
      const double sign = low_known ? -1 : 1;
      lines[low_known ? pair.second : pair.first] = {known.offset + sign * line->offset,
                                                     known.drift + sign * line->drift,
                                                     known.bound + line->bound, true};
      found = true;
    }
  }
  return lines;
}

std::vector<Shifts> repair(const std::vector<ClockCondition>& conditions, std::size_t processes,
                           TraceTime least) {
  std::vector<Shifts> shifts(processes);
  std::vector<std::size_t> order(conditions.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::stable_sort(order, {}, [&](std::size_t i) { return conditions[i].sent; });
  // Each round settles at least one more link of the longest chain, unless the trace is damaged.
  bool changed = true;
  for (std::size_t round = 0; changed && round <= conditions.size(); ++round) {
    changed = false;
    for (const std::size_t i : order) {
      const ClockCondition& it = conditions[i];
      const TraceTime sent = it.sent + shifts[it.from].at(it.sent);
      if (it.received + shifts[it.to].at(it.received) >= sent + least) continue;
      shifts[it.to].require(it.received, sent + least - it.received);
      changed = true;
    }
  }
  return shifts;
}

Violations violations(const std::vector<ClockCondition>& conditions,
                      const std::vector<Shifts>& shifts) {
  Violations found;
  for (const ClockCondition& it : conditions) {
    const TraceTime sent = it.sent + (shifts.empty() ? 0 : shifts[it.from].at(it.sent));
    const TraceTime received = it.received + (shifts.empty() ? 0 : shifts[it.to].at(it.received));
    if (received >= sent) continue;
    ++found.count;
    found.worst = std::max(found.worst, sent - received);
  }
  return found;
}

}  // namespace foundation::analysis
