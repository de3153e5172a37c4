#include "analysis/correct_clocks.hpp"

#include <algorithm>
#include <limits>
#include <map>
#include <memory>
#include <utility>

#include "analysis/replay.hpp"

namespace foundation::analysis {

using trace::RegionRole;

namespace {

/// What must come before what, between processes of different hosts or between all of them.
class Conditions final : public MatchSink {
 public:
  enum class Between : std::uint8_t { hosts, processes };
  Conditions(const TraceSet& traces, Between between)
      : traces_{traces},
        between_{between},
        processes_{static_cast<std::uint32_t>(traces.processes().size())} {}
  void call(const CallSpan& /*call*/) override {}
  void message(const Message& it) override {
    if (it.has_send() && it.has_receive() && it.receive.leave != never)
      add(it.send.site.process, it.send.enter, it.receive.site.process, it.receive.leave);
  }
  void collective(const Collective& it) override {
    if (!it.complete() || !it.consistent) return;
    for (const Participation& part : it.parts)
      if (part.leave == never) return;
    switch (it.role) {
      case RegionRole::barrier:
      case RegionRole::all_to_all: return add(it, Who::all, Who::all);
      case RegionRole::one_to_all: return add(it, Who::root, Who::all);
      case RegionRole::all_to_one: return add(it, Who::all, Who::root);
      default: return;
    }
  }
  [[nodiscard]] std::vector<ClockCondition>& found() noexcept { return found_; }
  [[nodiscard]] std::size_t processes() const noexcept { return processes_; }

 private:
  enum class Who : std::uint8_t { root, all };
  static bool is(const Participation& part, Who who) { return who == Who::all || part.is_root; }

  [[nodiscard]] std::uint32_t host(std::uint32_t process) const {
    return traces_.processes()[process].host;
  }
  void add(std::uint32_t from, TraceTime sent, std::uint32_t to, TraceTime received) {
    if (between_ == Between::processes || host(from) != host(to))
      found_.push_back({from, to, sent, received});
  }
  void add(const Collective& it, Who causes, Who effects) {
    if (between_ == Between::hosts) {
      add_by_hosts(it, causes, effects);
    } else {
      add_by_meeting(it, causes, effects);
    }
  }
  /// Of a host's processes the last one says it all, for their order is right.
  void add_by_hosts(const Collective& it, Who causes, Who effects) {
    std::map<std::uint32_t, const Participation*> last;
    for (const Participation& part : it.parts) {
      if (!is(part, causes)) continue;
      const Participation*& known = last[host(part.site.process)];
      if (known == nullptr || part.posted > known->posted) known = &part;
    }
    for (const Participation& part : it.parts)
      for (const auto& [host, cause] : last)
        if (is(part, effects))
          add(cause->site.process, cause->posted, part.site.process, part.leave);
  }
  /// Over the moment when the last cause is there, as if it were in a process of its own.
  void add_by_meeting(const Collective& it, Who causes, Who effects) {
    const std::uint32_t meeting = processes_++;
    TraceTime at = std::numeric_limits<TraceTime>::min();
    for (const Participation& part : it.parts)
      if (is(part, causes)) at = std::max(at, part.posted);
    for (const Participation& part : it.parts)
      if (is(part, causes)) add(part.site.process, part.posted, meeting, at);
    for (const Participation& part : it.parts)
      if (is(part, effects)) add(meeting, at, part.site.process, part.leave);
  }
  const TraceSet& traces_;
  Between between_;
  std::uint32_t processes_;  ///< and meetings
  std::vector<ClockCondition> found_;
};

/// Each process by itself: what is moved behind its cause may be the cause of more on its host.
Violations repair_processes(TraceSet& traces) {
  constexpr TraceTime least = 1;  // rounding
  Conditions sink{traces, Conditions::Between::processes};
  replay(traces, sink);
  const std::vector<ClockCondition>& conditions = sink.found();
  std::vector<Shifts> shifts = repair(conditions, sink.processes(), least);
  const Violations left = violations(conditions, shifts);
  for (std::size_t i = 0; i < traces.processes().size(); ++i)
    if (!shifts[i].empty())
      traces.shift_time(i, std::make_shared<const Shifts>(std::move(shifts[i])));
  return left;
}

}  // namespace

ClockReport correct_clocks(TraceSet& traces) {
  ClockReport report;
  report.hosts = traces.hosts();
  if (report.hosts < 2) return report;
  Conditions sink{traces, Conditions::Between::hosts};
  replay(traces, sink);
  std::vector<ClockCondition>& conditions = sink.found();
  report.conditions = conditions.size();
  report.before = violations(conditions, {});
  std::vector<std::uint32_t> hosts;
  for (const Process& it : traces.processes()) hosts.push_back(it.host);
  const std::vector<HostLine> lines = fit_hosts(conditions, hosts);
  for (const HostLine& it : lines) {
    if (!it.known) ++report.unaligned;
    report.bound = std::max(report.bound, it.bound);
  }
  for (std::size_t i = 0; i < hosts.size(); ++i)
    traces.move_time(i, lines[hosts[i]].offset, lines[hosts[i]].drift);
  for (ClockCondition& it : conditions) {
    it.sent += lines[hosts[it.from]].at(it.sent);
    it.received += lines[hosts[it.to]].at(it.received);
  }
  report.aligned = violations(conditions, {});
  if (report.aligned.count > 0) report.after = repair_processes(traces);
  return report;
}

}  // namespace foundation::analysis
