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

/// Two clocks differ by 500 parts in a million each at most: more the kernel does not slew
/// (adjtimex(2)), and crystals are better than that.
constexpr double most_drift = 1e-3;

/// `value` at `at` is a bound of a line from above.
struct Bound {
  double at = 0;
  double value = 0;
};

/// A line lies below all of these; only the corners of their lower hull matter.
class UpperBounds {
 public:
  void add(double at, double value) { bounds_.push_back({at, value}); }
  [[nodiscard]] bool empty() const { return bounds_.empty(); }
  /// Keeps the corners of the hull (Andrew's monotone chain). Once, when all are there.
  void reduce() {
    std::ranges::sort(bounds_, [](const Bound& a, const Bound& b) {
      return std::pair{a.at, a.value} < std::pair{b.at, b.value};
    });
    std::vector<Bound> hull;
    for (const Bound& it : bounds_) {
      if (!hull.empty() && hull.back().at == it.at) continue;
      while (hull.size() > 1 && !is_below(hull[hull.size() - 2], hull.back(), it)) hull.pop_back();
      hull.push_back(it);
    }
    bounds_ = std::move(hull);
  }
  /// The one that a line of this slope meets first when it is raised.
  [[nodiscard]] const Bound& tightest(double slope) const {
    return *std::ranges::min_element(bounds_, {},
                                     [slope](const Bound& it) { return it.value - slope * it.at; });
  }
  /// The highest line of this slope, by its value at time 0.
  [[nodiscard]] double highest(double slope) const {
    const Bound& it = tightest(slope);
    return it.value - slope * it.at;
  }

 private:
  static bool is_below(const Bound& a, const Bound& b, const Bound& c) {
    return (b.value - a.value) * (c.at - a.at) < (c.value - a.value) * (b.at - a.at);
  }
  std::vector<Bound> bounds_;
};

struct Interval {
  double low = 0, high = 0;
  [[nodiscard]] double middle() const { return low + (high - low) / 2; }
};

/// Where a monotone predicate that holds at `yes` and not at `no` changes.
template <class Predicate>
double last_that_holds(double yes, double no, const Predicate& holds) {
  constexpr int halvings = 60;
  for (int i = 0; i < halvings; ++i) {
    const double middle = yes + (no - yes) / 2;
    (holds(middle) ? yes : no) = middle;
  }
  return yes;
}

/// What is known of how far the higher host of a pair is ahead of the lower one, by the clock of
/// the higher one: below `above`, and its negative below `below`.
struct Band {
  UpperBounds above, below;

  void add(bool is_out, const ClockCondition& it) {
    const auto transfer = static_cast<double>(it.received - it.sent);
    if (is_out) {
      above.add(static_cast<double>(it.received), transfer);
    } else {
      below.add(static_cast<double>(it.sent), transfer);
    }
  }
  /// Room for lines of this slope; negative if there is none. Concave.
  [[nodiscard]] double width(double slope) const {
    return above.highest(slope) + below.highest(-slope);
  }
  [[nodiscard]] double widest_slope() const {
    // Where the width grows with the slope: its tightest bounds are of this order in time.
    const auto grows = [&](double slope) {
      return above.tightest(slope).at < below.tightest(-slope).at;
    };
    return last_that_holds(-most_drift, most_drift, grows);
  }
  [[nodiscard]] Interval slopes(double widest) const {
    const double least_width = std::min(width(widest), 0.0);
    const auto fits = [&](double slope) { return width(slope) >= least_width; };
    const auto reach = [&](double limit) {
      return fits(limit) ? limit : last_that_holds(widest, limit, fits);
    };
    return {reach(-most_drift), reach(most_drift)};
  }
  /// The highest value at a time of any line with one of these slopes: concave in the slope.
  [[nodiscard]] static double highest_at(double time, const UpperBounds& bounds, Interval slopes) {
    const auto grows = [&](double slope) { return bounds.tightest(slope).at < time; };
    const double slope = last_that_holds(slopes.low, slopes.high, grows);
    return bounds.highest(slope) + slope * time;
  }
};

/// How far ahead the higher host of a pair is, as a line.
std::optional<HostLine> ahead(Band& band, Interval times) {
  if (band.above.empty() || band.below.empty()) return std::nullopt;
  band.above.reduce();
  band.below.reduce();
  const double widest = band.widest_slope();
  const Interval slopes = band.slopes(widest);
  HostLine line;
  line.drift = slopes.middle();
  line.offset = Interval{-band.below.highest(-line.drift), band.above.highest(line.drift)}.middle();
  line.known = true;
  for (const double time : {times.low, times.high}) {
    const double here = line.offset + line.drift * time;
    const double high = Band::highest_at(time, band.above, slopes);
    const double low = -Band::highest_at(time, band.below, {-slopes.high, -slopes.low});
    line.bound = std::max({line.bound, std::abs(high - here), std::abs(here - low)});
  }
  return line;
}

/// The lower host's time for the higher one's is `time - ahead`: puts one of them on the clock that
/// the other one has been put on.
HostLine join_higher(const HostLine& lower, const HostLine& ahead) {
  const double speed = 1 + lower.drift;
  return {lower.offset - ahead.offset * speed, (1 - ahead.drift) * speed - 1,
          lower.bound + ahead.bound, true};
}
HostLine join_lower(const HostLine& higher, const HostLine& ahead) {
  const double speed = (1 + higher.drift) / (1 - ahead.drift);
  return {higher.offset + ahead.offset * speed, speed - 1, higher.bound + ahead.bound, true};
}

using HostPair = std::pair<std::uint32_t, std::uint32_t>;

std::map<HostPair, HostLine> lines_between(const std::vector<ClockCondition>& conditions,
                                           const std::vector<std::uint32_t>& hosts) {
  std::map<HostPair, Band> bands;
  Interval times{std::numeric_limits<double>::max(), std::numeric_limits<double>::lowest()};
  for (const ClockCondition& it : conditions) {
    const std::uint32_t from = hosts[it.from];
    const std::uint32_t to = hosts[it.to];
    if (from == to) continue;
    bands[{std::min(from, to), std::max(from, to)}].add(from < to, it);
    times.low = std::min(times.low, static_cast<double>(it.sent));
    times.high = std::max(times.high, static_cast<double>(it.sent));
  }
  std::map<HostPair, HostLine> lines;
  for (auto& [pair, band] : bands)
    if (const auto line = ahead(band, times)) lines.emplace(pair, *line);
  return lines;
}

}  // namespace

std::vector<HostLine> fit_hosts(const std::vector<ClockCondition>& conditions,
                                const std::vector<std::uint32_t>& hosts) {
  const auto links = lines_between(conditions, hosts);
  const std::uint32_t count = hosts.empty() ? 0 : *std::ranges::max_element(hosts) + 1;
  std::vector<HostLine> lines(count);
  if (count != 0) lines[0].known = true;
  // Over the best links: the tree that Prim's algorithm finds.
  for (;;) {
    const std::pair<const HostPair, HostLine>* best = nullptr;
    for (const auto& link : links)
      if (lines[link.first.first].known != lines[link.first.second].known &&
          (best == nullptr || link.second.bound < best->second.bound))
        best = &link;
    if (best == nullptr) return lines;
    const auto& [pair, line] = *best;
    if (lines[pair.first].known) {
      lines[pair.second] = join_higher(lines[pair.first], line);
    } else {
      lines[pair.first] = join_lower(lines[pair.second], line);
    }
  }
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
