#include <algorithm>
#include <cstring>
#include <filesystem>
#include <optional>
#include <vector>
#include <sys/resource.h>

#include <fmt/format.h>

#include "messaging/bare_farm.h"
#include "messaging/channels.hpp"
#include "runtime/bench.hpp"
#include "runtime/bench_campaign.hpp"
#include "runtime/coordinator_host.hpp"
#include "runtime/evaluator.hpp"
#include "runtime/pulse.hpp"
#include "runtime/worker_host.hpp"
#include "runtime/worker_watch.hpp"

namespace foundation::runtime {

namespace {

constexpr std::uint32_t examples = 50'000;
constexpr std::uint32_t single_candidates = 20;    // 1,000,000 messages a repetition
constexpr std::uint32_t adaptive_candidates = 80;  // 4,000,000 evaluations a repetition
constexpr long ping_pong_rounds = 20'000;
constexpr core::Duration idle_time = std::chrono::seconds{3};
constexpr core::Duration connect_time = std::chrono::seconds{20};

double seconds_since(core::Time start) {
  return static_cast<double>((core::monotonic_now() - start).count()) * 1e-9;
}

double cpu_seconds() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const auto seconds = [](const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
  };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

/// The ranks watch each other as in a run, so that what it costs is measured, too.
class BenchWatch {
 public:
  /// **Collective**.
  explicit BenchWatch(const messaging::Session& session) {
    std::vector<std::byte> bytes;
    if (session.rank() == 0) {
      setup_.key = messaging::make_session_key({}, 1);
      const bool one_node = session.ranks_on_node() == session.size();
      watch_.emplace(setup_, messaging::addresses_to_offer(one_node),
                     static_cast<std::uint32_t>(session.size()));
      bytes = pack_watch(setup_);
    }
    session.broadcast(bytes);
    if (session.rank() == 0)
      await(session.size() - 1);
    else
      pulse_.emplace(unpack_watch(bytes), static_cast<std::uint32_t>(session.rank()), false);
  }
  [[nodiscard]] WorkerWatch* watch() { return watch_ ? &*watch_ : nullptr; }

 private:
  void await(int ranks) {
    const core::Time deadline = core::monotonic_now() + connect_time;
    while (static_cast<int>(watch_->watched()) < ranks && core::monotonic_now() < deadline)
      static_cast<void>(watch_->poll(core::monotonic_now()));
  }
  WatchSetup setup_{
      .sockets = true, .timeout = std::chrono::seconds{10}, .key = {}, .endpoints = {}};
  std::optional<WorkerWatch> watch_;
  std::optional<Pulse> pulse_;
};

/// Evaluations a second of one repetition.
double coordinate_once(const messaging::Session& session, messaging::Channels& channels,
                       WorkerWatch* watch, const programs::SplitDataset& data,
                       const DispatchCase& it, const std::filesystem::path& folder) {
  std::filesystem::remove_all(folder);
  const std::uint32_t candidates = it.adaptive ? adaptive_candidates : single_candidates;
  BenchCampaign bench{data, candidates, folder};
  campaign::SchedulerOptions scheduler;
  scheduler.ready = static_cast<std::uint32_t>(it.window - 1);
  if (!it.adaptive) scheduler.fixed_chunk = 1;
  CoordinatorHost host{{.channels = &channels,
                        .ranks = session.size(),
                        .workers = session.size() - 1,
                        .disk = &bench.disk(),
                        .watch = watch,
                        .stop_file = "stop"}};
  const core::Time start = core::monotonic_now();
  static_cast<void>(host.run(bench.coordinate(host, host.now(), scheduler)));
  const double rate = static_cast<double>(bench.store().finished()) / seconds_since(start);
  std::filesystem::remove_all(folder);
  return rate;
}

void work_once(messaging::Channels& channels, Evaluator& evaluator) {
  MpiLink link{channels};
  campaign::WorkerRecord self;
  self.slots = 1;
  WorkerHost worker{link, evaluator, self};
  worker.run_slot();
  worker.flush();
  static_cast<void>(worker.await_leave(connect_time));
}

/// Share of a core that waiting for messages takes, in the loops of coordinator and worker.
double idle_share(messaging::Channels& channels) {
  MpiLink link{channels};
  const core::Time start = core::monotonic_now();
  const double before = cpu_seconds();
  while (core::monotonic_now() - start < idle_time) {
    static_cast<void>(link.receive());
    link.wait();
  }
  return (cpu_seconds() - before) / seconds_since(start);
}

void measure(const messaging::Session& session, messaging::Channels& channels, WorkerWatch* watch,
             const programs::SplitDataset& data, Evaluator& evaluator, DispatchCase& it,
             const std::filesystem::path& folder) {
  const long tasks = long{examples} * single_candidates;
  const double farm_s = foundation_bare_farm(tasks, it.window);
  it.farm_per_s = std::max(it.farm_per_s, static_cast<double>(tasks) / farm_s);
  if (session.rank() == 0) {
    it.ours_per_s =
        std::max(it.ours_per_s, coordinate_once(session, channels, watch, data, it, folder));
  } else {
    work_once(channels, evaluator);
  }
}

}  // namespace

DispatchFigures bench_dispatch(const messaging::Session& session,
                               const std::filesystem::path& folder, int repetitions) {
  DispatchFigures figures;
  figures.cases = {{"one evaluation a message, window 1", 1, false},
                   {"one evaluation a message, window 16", 16, false},
                   {"adaptive chunks, window 16", 16, true}};
  const programs::SplitDataset data = bench_data(examples);
  programs::ProgramOptions options;
  options.kind = "nothing";
  const auto program = programs::make_program(options, data);
  const auto metric = programs::make_metric({});
  Evaluator evaluator{*program, *metric, data, 1};
  messaging::Channels channels{session};
  BenchWatch watch{session};
  for (int repetition = 0; repetition < repetitions; ++repetition) {
    const double trip_us = foundation_ping_pong(ping_pong_rounds) / ping_pong_rounds * 1e6;
    if (repetition == 0 || trip_us < figures.ping_pong_us) figures.ping_pong_us = trip_us;
    for (DispatchCase& it : figures.cases)
      measure(session, channels, watch.watch(), data, evaluator, it, folder / "dispatch");
  }
  const double idle = idle_share(channels);
  static_cast<void>(foundation_ping_pong(1));  // nobody is waiting idly any more
  std::vector<std::byte> shared(sizeof idle);
  (session.rank() == 0 ? figures.idle_cpu_coordinator : figures.idle_cpu_worker) = idle;
  if (session.rank() == 1) {
    std::memcpy(shared.data(), &idle, sizeof idle);
    channels.send(0, messaging::Channel::control, shared);
    while (!channels.all_sent()) channels.progress();
  } else if (session.rank() == 0 && session.size() > 1) {
    std::optional<messaging::Incoming> answer;
    while (!(answer = channels.receive())) {
    }
    std::memcpy(&figures.idle_cpu_worker, answer->bytes.data(), sizeof idle);
  }
  return figures;
}

}  // namespace foundation::runtime
