#include "analysis/analysis.hpp"

#include <algorithm>
#include <iterator>
#include <optional>
#include <queue>

#include "analysis/wait_sorter.hpp"

namespace foundation::analysis {

using trace::RegionRole;

namespace {

/// What is known of a process's main thread once the trace has been replayed.
struct MainThread {
  std::uint32_t stream = 0;
  CallSpan initialize{};
  CallSpan finalize{};
  bool initialized = false, finalized = false;
};

/// Hears everything that the replay finds and keeps sums.
class Collector final : public MatchSink {
 public:
  Collector(const TraceSet& traces, const AnalysisOptions& options, Analysis& analysis)
      : traces_{traces},
        options_{options},
        analysis_{analysis},
        ends_(traces.processes().size()),
        mains_(traces.processes().size()),
        mpi_(traces.processes().size()),
        in_gaps_(traces.processes().size()) {
    analysis.profiles.resize(traces.processes().size());
    for (std::size_t i = 0; i < ends_.size(); ++i) {
      const Process& process = traces.processes()[i];
      ends_[i] = process.time.at(process.recording->facts().last.ticks);
      mpi_[i].resize(std::max<std::size_t>(process.recording->streams().size(), 1));
      in_gaps_[i].resize(mpi_[i].size());
    }
  }

  void entered(const CallSpan& call) override {
    analysis_.profiles[call.site.process].enter(call.site.stream, region(call.site), call.enter);
    see(call.site.process, call.enter);
  }
  void call(const CallSpan& call) override {
    const std::uint32_t process = call.site.process;
    if (call.leave != never) see(process, call.leave);
    leftovers_.call(call);
    const TraceTime leave = call.leave == never ? ends_[process] : call.leave;
    analysis_.profiles[process].leave(call.site.stream, leave);
    if (call.site.role == RegionRole::program) return;
    const TraceTime own = leave - call.enter - call.inside;
    mpi_[process][call.site.stream] += own;
    if (!traces_.processes()[process].is_recorded_at(call.enter))
      in_gaps_[process][call.site.stream] += own;
    if (call.leave == never) return;
    MainThread& main = mains_[process];
    if (call.site.role == RegionRole::initialize && !main.initialized) {
      main.initialize = call;
      main.stream = call.site.stream;
      main.initialized = true;
    } else if (call.site.role == RegionRole::finalize) {
      main.finalize = call;
      main.finalized = true;
    }
  }
  void counter(const Point& it) override {
    analysis_.counters[region(it.site)].add(it.value);
    see(it.site.process, it.at);
  }
  void mark(const Point& it) override {
    analysis_.marks[region(it.site)].add(it.at);
    see(it.site.process, it.at);
  }
  void message(const Message& message) override {
    leftovers_.message(message);
    if (message.has_send()) {
      Traffic& traffic = analysis_.traffic[{message.source, message.target}];
      ++traffic.messages;
      traffic.bytes += message.bytes;
      if (message.has_receive()) check_clock(message);
    }
    order_.message(message);
    find_waits(message, options_.waits, [&](const Wait& it) {
      if (it.pattern == WaitPattern::late_sender) return order_.late_sender(it, message);
      waits_.add(it);
    });
  }
  void collective(const Collective& collective) override {
    leftovers_.collective(collective);
    for (const Participation& part : collective.parts) {
      CollectiveSum& sum = analysis_.collectives[{collective.communicator, part.function}];
      if (&part == &collective.parts.front()) ++sum.count;
      sum.bytes += part.bytes;
      if (part.leave != never) sum.total += part.leave - part.enter;
    }
    find_waits(collective, [&](const Wait& it) { waits_.add(it); });
  }

  /// The replay is over.
  void finish() {
    order_.finish();
    skew(RegionRole::initialize, &MainThread::initialized, &MainThread::initialize);
    skew(RegionRole::finalize, &MainThread::finalized, &MainThread::finalize);
    waits_.finish();
    analysis_.diagnosis = leftovers_.diagnose(traces_, ends_);
  }
  [[nodiscard]] const WaitSorter& waits() const noexcept { return waits_; }
  [[nodiscard]] const std::vector<TraceTime>& ends() const noexcept { return ends_; }
  [[nodiscard]] const std::vector<MainThread>& mains() const noexcept { return mains_; }
  [[nodiscard]] TraceTime mpi(std::size_t process) const {
    return mpi_[process][mains_[process].stream];
  }
  /// Of that, what is always recorded: start, end, and making communicators.
  [[nodiscard]] TraceTime mpi_in_gaps(std::size_t process) const {
    return in_gaps_[process][mains_[process].stream];
  }

 private:
  [[nodiscard]] std::uint32_t region(const Site& site) const {
    return traces_.processes()[site.process].region(site.region).shared;
  }
  void see(std::uint32_t process, TraceTime at) { ends_[process] = std::max(ends_[process], at); }
  void check_clock(const Message& it) {
    if (it.receive.leave == never) return;
    ++analysis_.clocks.messages;
    if (it.receive.leave >= it.send.enter) return;
    ++analysis_.clocks.violations;
    analysis_.clocks.worst = std::max(analysis_.clocks.worst, it.send.enter - it.receive.leave);
  }
  /// MPI_Init and MPI_Finalize, as collectives of all processes.
  void skew(RegionRole role, bool MainThread::*done, CallSpan MainThread::*call) {
    Collective all;
    all.role = role;
    all.expected = static_cast<std::uint32_t>(mains_.size());
    for (const MainThread& it : mains_) {
      if (!(it.*done)) continue;
      const CallSpan& span = it.*call;
      all.parts.push_back(
          {.site = span.site, .posted = span.enter, .enter = span.enter, .leave = span.leave});
    }
    find_waits(all, [&](const Wait& it) { waits_.add(it); });
  }

  const TraceSet& traces_;
  const AnalysisOptions& options_;
  Analysis& analysis_;
  std::vector<TraceTime> ends_;                  ///< by process
  std::vector<MainThread> mains_;                ///< by process
  std::vector<std::vector<TraceTime>> mpi_;      ///< time in MPI by process and stream
  std::vector<std::vector<TraceTime>> in_gaps_;  ///< of that, outside of all windows
  WaitSorter waits_;
  WrongOrder order_{[this](const Wait& it) { waits_.add(it); }};
  Leftovers leftovers_;
};

/// Keeps the longest waits.
class Longest {
 public:
  explicit Longest(std::size_t limit) : limit_{limit} {}
  void add(const Wait& wait) {
    heap_.push(wait);
    if (heap_.size() > limit_) heap_.pop();
  }
  [[nodiscard]] std::vector<Wait> take() {
    std::vector<Wait> waits;
    for (; !heap_.empty(); heap_.pop()) waits.push_back(heap_.top());
    std::ranges::sort(waits, ByCall{});
    return waits;
  }

 private:
  struct Shorter {  // the shortest on top; of equals, the latest
    bool operator()(const Wait& a, const Wait& b) const {
      return a.duration != b.duration ? a.duration > b.duration : ByCall{}(a, b);
    }
  };
  std::size_t limit_;
  std::priority_queue<Wait, std::vector<Wait>, Shorter> heap_;
};

void open_accounts(const TraceSet& traces, const Collector& found, Analysis& analysis) {
  analysis.accounts.resize(traces.processes().size());
  for (std::size_t i = 0; i < analysis.accounts.size(); ++i) {
    const Process& process = traces.processes()[i];
    TimeAccount& it = analysis.accounts[i];
    it.begin = process.time.at(process.recording->facts().first.ticks);
    it.end = std::max(found.ends()[i], it.begin);
    analysis.begin = i == 0 ? it.begin : std::min(analysis.begin, it.begin);
    analysis.end = i == 0 ? it.end : std::max(analysis.end, it.end);
    it.mpi = found.mpi(i);
    it.gaps = std::max<TraceTime>(process.gaps_between(it.begin, it.end) - found.mpi_in_gaps(i), 0);
    it.compute = std::max<TraceTime>(it.end - it.begin - it.mpi - it.gaps, 0);
  }
  for (TimeAccount& it : analysis.accounts)
    it.outside = analysis.wall() - (it.end - it.begin) + it.gaps;
}

/// Sums the waits up, moves them from MPI to waiting, and notes their edges for what follows.
void sum_waits(const TraceSet& traces, const AnalysisOptions& options, const Collector& found,
               const Locations& locations, WaitEdges& edges, Analysis& analysis) {
  const auto shared = [&](const Site& site, std::uint16_t region) {
    return site.process == nobody ? 0 : traces.processes()[site.process].region(region).shared;
  };
  Longest longest{options.listed_waits};
  SeparateWaits separate{found.waits()};
  while (const auto next = separate.next()) {
    const Wait& it = *next;
    ++analysis.waits;
    longest.add(it);
    WaitSum& sum =
        analysis.wait_groups[{.pattern = it.pattern,
                              .site = {it.site.process, shared(it.site, it.site.region)},
                              .causer = {it.causer.process, shared(it.causer, it.causer.region)},
                              .site_caller = shared(it.site, it.site.caller),
                              .causer_caller = shared(it.causer, it.causer.caller)}];
    ++sum.count;
    sum.total += it.duration;
    if (it.duration > sum.longest) sum.longest = it.duration, sum.longest_begin = it.begin;
    if (it.site.stream == found.mains()[it.site.process].stream) {
      analysis.accounts[it.site.process].wait += it.duration;
      analysis.accounts[it.site.process].mpi -= it.duration;
    }
    if (!it.has_causer()) continue;
    const std::uint32_t waiter = locations.of(it.site.process, it.site.stream);
    const std::uint32_t causer = locations.of(it.causer.process, it.causer.stream);
    edges.add({it.begin, waiter, causer, 1});
    edges.add({it.end(), waiter, causer, 0});
  }
  edges.finish();
  analysis.longest_waits = longest.take();
}

std::vector<HotSpot> hot_spots(const TraceSet& traces, const std::vector<Profile>& profiles) {
  std::map<std::uint32_t, HotSpot> found;
  for (std::uint32_t process = 0; process < profiles.size(); ++process)
    for (const auto& [region, time] : profiles[process].regions()) {
      HotSpot& it = found[region];
      it.region = region;
      it.calls += time.count;
      it.self += time.self;
      it.inclusive += time.inclusive;
      if (it.processes++ == 0 || time.self > it.worst_self)
        it.worst = process, it.worst_self = time.self;
    }
  std::vector<HotSpot> sorted;
  sorted.reserve(found.size());
  for (const auto& [region, it] : found) sorted.push_back(it);
  std::ranges::sort(sorted, [&](const HotSpot& a, const HotSpot& b) {
    return a.self != b.self ? a.self > b.self
                            : traces.regions()[a.region] < traces.regions()[b.region];
  });
  return sorted;
}

std::uint32_t last_location(const Collector& found, const Locations& locations) {
  const auto last = std::ranges::max_element(found.ends());
  const auto process = static_cast<std::uint32_t>(std::distance(found.ends().begin(), last));
  return locations.of(process, found.mains()[process].stream);
}

Efficiencies efficiencies_of(const TraceSet& traces, const Collector& found,
                             const Analysis& analysis) {
  EfficiencyInput input;
  TraceTime begin = analysis.end;
  TraceTime end = analysis.begin;
  std::optional<TraceTime> all_gaps;  // of every process
  for (std::size_t i = 0; i < analysis.accounts.size(); ++i) {
    const MainThread& main = found.mains()[i];
    if (!main.initialized) continue;
    const TraceTime first = main.initialize.leave;
    const TraceTime last = main.finalized ? main.finalize.enter : analysis.accounts[i].end;
    TraceTime mpi = found.mpi(i) - (main.initialize.leave - main.initialize.enter);
    if (main.finalized) mpi -= main.finalize.leave - main.finalize.enter;
    const TraceTime gaps = analysis.accounts[i].gaps;
    input.compute.push_back(std::max<TraceTime>(last - first - mpi - gaps, 0));
    all_gaps = std::min(all_gaps.value_or(gaps), gaps);
    begin = std::min(begin, first);
    end = std::max(end, last);
  }
  input.run_time = end - begin - all_gaps.value_or(0);
  for (const auto& [place, time] : analysis.attributed.critical) {
    const RegionRole role = traces.regions()[place.region].role;
    if (role != RegionRole::program && role != RegionRole::initialize &&
        role != RegionRole::finalize)
      input.critical_mpi += time;
  }
  return efficiencies(input);
}

}  // namespace

Analysis analyze(const TraceSet& traces, const AnalysisOptions& options) {
  Analysis analysis;
  Collector found{traces, options, analysis};
  analysis.counts = replay(traces, found);
  found.finish();
  const Locations locations{traces};
  open_accounts(traces, found, analysis);
  WaitEdges edges;
  sum_waits(traces, options, found, locations, edges, analysis);
  Segments path;
  find_critical_path(edges, last_location(found, locations), analysis.begin, analysis.end, path);
  analysis.attributed = attribute(traces, locations, path, edges);
  analysis.hot_spots = hot_spots(traces, analysis.profiles);
  analysis.program_regions = program_regions(traces, analysis);
  analysis.efficiencies = efficiencies_of(traces, found, analysis);
  return analysis;
}

}  // namespace foundation::analysis
