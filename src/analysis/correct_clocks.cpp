#include "analysis/correct_clocks.hpp"

#include <algorithm>
#include <map>
#include <memory>
#include <utility>

#include "analysis/replay.hpp"

namespace foundation::analysis {

using trace::RegionRole;

namespace {

/// What must come before what, between processes of different hosts.
class Conditions final : public MatchSink {
 public:
  explicit Conditions(const TraceSet& traces) : traces_{traces} {}
  void call(const CallSpan& /*call*/) override {}
  void message(const Message& it) override {
    if (it.has_send() && it.has_receive() && it.receive.leave != never)
      add(it.send.site.process, it.send.enter, it.receive.site.process, it.receive.leave);
  }
  void collective(const Collective& it) override {
    if (!it.complete() || !it.consistent) return;
    for (const Participation& part : it.parts)
      if (part.leave == never) return;
    const bool from_root = it.role == RegionRole::one_to_all;
    const bool to_root = it.role == RegionRole::all_to_one;
    const bool all = it.role == RegionRole::barrier || it.role == RegionRole::all_to_all;
    if (!from_root && !to_root && !all) return;
    std::map<std::uint32_t, const Participation*> last;  // of those that others need, by host
    for (const Participation& part : it.parts) {
      if (from_root && !part.is_root) continue;
      const Participation*& known = last[host(part)];
      if (known == nullptr || part.posted > known->posted) known = &part;
    }
    for (const Participation& part : it.parts)
      for (const auto& [host, needed] : last)
        if (!to_root || part.is_root)
          add(needed->site.process, needed->posted, part.site.process, part.leave);
  }
  [[nodiscard]] std::vector<ClockCondition>& found() noexcept { return found_; }

 private:
  [[nodiscard]] std::uint32_t host(const Participation& part) const {
    return traces_.processes()[part.site.process].host;
  }
  void add(std::uint32_t from, TraceTime sent, std::uint32_t to, TraceTime received) {
    if (traces_.processes()[from].host != traces_.processes()[to].host)
      found_.push_back({from, to, sent, received});
  }
  const TraceSet& traces_;
  std::vector<ClockCondition> found_;
};

}  // namespace

ClockReport correct_clocks(TraceSet& traces) {
  ClockReport report;
  report.hosts = traces.hosts();
  if (report.hosts < 2) return report;
  Conditions sink{traces};
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
  for (ClockCondition& it : conditions) {
    it.sent += lines[hosts[it.from]].at(it.sent);
    it.received += lines[hosts[it.to]].at(it.received);
  }
  report.aligned = violations(conditions, {});
  constexpr TraceTime least = 1;  // rounding
  const std::vector<Shifts> shifts = repair(conditions, hosts.size(), least);
  report.after = violations(conditions, shifts);
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    const HostLine& line = lines[hosts[i]];
    TimeBase time = traces.processes()[i].time.moved(line.offset, line.drift);
    if (!shifts[i].empty()) time = time.shifted(std::make_shared<const Shifts>(shifts[i]));
    traces.set_time(i, std::move(time));
  }
  return report;
}

}  // namespace foundation::analysis
