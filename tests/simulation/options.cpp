#include "tests/simulation/options.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include <fmt/format.h>

#include "core/exact_math.hpp"
#include "tests/simulation/faults.hpp"

namespace foundation::simulation {
namespace {

/// Uniform in the logarithm.
double between(core::Stream& stream, double low, double high) {
  return low * core::exact::exp(stream.uniform() * core::exact::log(high / low));
}

std::uint32_t pick(core::Stream& stream, std::uint32_t low, std::uint32_t high) {
  return static_cast<std::uint32_t>(stream.between(low, high));
}

core::Duration milliseconds(double value) {
  return core::Duration{static_cast<std::int64_t>(value * 1e6)};
}

void draw_job(core::Stream& stream, Options& options) {
  options.job.kind = static_cast<SyntheticKind>(stream.below(3));
  options.job.candidates = pick(stream, 1, 9);
  options.job.train = pick(stream, 4, 16);
  options.job.validation = pick(stream, 1, 24);
  options.job.test = stream.chance(0.3) ? 0 : pick(stream, 1, 5);
  options.job.maximise = stream.chance(0.7);
  options.job.failure_share = stream.chance(0.03) ? 1.0 : stream.chance(0.5) ? 0.03 : 0.0;
  options.job.stubborn_share = stream.chance(0.1) ? 0.02 : 0.0;
  options.job.seed = stream.next();
  auto& race = options.trajectory.race;
  race.racing = stream.chance(0.5) ? optimize::Racing::halving : optimize::Racing::none;
  race.heat = pick(stream, 2, 5);
  race.first_rung = stream.chance(0.5) ? 0.125 : 0.3;
  const std::uint32_t heat = race.racing == optimize::Racing::none ? 1 : race.heat;
  options.trajectory.lookahead = heat + pick(stream, 0, 6);
  if (stream.chance(0.2))
    options.trajectory.budget = std::uint64_t{options.job.validation} * pick(stream, 1, 6) + 3;
  if (stream.chance(0.2)) options.trajectory.target = 0.6;
}

/// Races that look at scores, in a third of the jobs; from a stream of its own, so that all other
/// draws are as they were.
void draw_race(core::Stream& stream, Options& options) {
  if (!stream.chance(0.33)) return;
  constexpr std::array looking{optimize::Racing::paired, optimize::Racing::asha,
                               optimize::Racing::friedman};
  auto& trajectory = options.trajectory;
  trajectory.race.racing = looking[stream.below(looking.size())];
  trajectory.race.confidence = stream.chance(0.5) ? 0.95 : 0.6;
  trajectory.race.margin = stream.chance(0.5) ? 0.01 : 0.3;
  trajectory.proposes_by_heats = stream.chance(0.5);
  trajectory.lookahead = trajectory.race.heat + pick(stream, 0, 6);
  options.job.candidates += pick(stream, 0, 6);
  if (stream.chance(0.4))
    trajectory.budget = std::uint64_t{options.job.validation} * pick(stream, 1, 6) + 3;
}

/// Texts are asked for in a quarter of the jobs, half of these by heats; a stream of its own again.
void draw_texts(core::Stream& stream, Options& options) {
  if (!stream.chance(0.25)) return;
  options.job.kind = SyntheticKind::texts;
  if (stream.chance(0.5)) options.trajectory.proposes_by_heats = true;
  options.job.by_heats = options.trajectory.proposes_by_heats;
}

/// Costs and patience end a part of the searches, and choose a part of the winners.
void draw_objectives(core::Stream& stream, Options& options) {
  auto& trajectory = options.trajectory;
  if (stream.chance(0.2)) trajectory.patience = pick(stream, 1, 4);
  if (stream.chance(0.25))
    trajectory.cost_budget = 2.0 * options.job.validation * pick(stream, 1, 5);
  if (!stream.chance(0.3)) return;
  trajectory.objectives.minimised = {optimize::Objective::cost};
  if (stream.chance(0.5)) trajectory.objectives.winner = optimize::WinnerRule::weights;
  if (stream.chance(0.5)) trajectory.objectives.limits[optimize::Objective::cost] = 2.0;
}

void draw_cluster(core::Stream& stream, Options& options) {
  options.workers = stream.chance(0.25) ? pick(stream, 5, 20) : pick(stream, 1, 4);
  options.slots = pick(stream, 1, 4);
  options.cell_median_s = between(stream, 0.0005, 0.03);
  options.cell_sigma = stream.uniform() * 1.5;
  options.delay_median_s = between(stream, 2e-5, 5e-3);
  options.delay_sigma = stream.uniform() * 1.5;
  options.sync_median_s = between(stream, 2e-4, 2e-2);
  options.sync_sigma = stream.uniform() * 1.5;
  options.notice_s = between(stream, 0.005, 0.2);
  options.relaunch_s = between(stream, 0.01, 1.0);
  options.network_disk = stream.chance(0.5);
  options.view_lag_s = options.network_disk ? between(stream, 0.01, 0.5) : 0;
  options.clock_drift = stream.chance(0.5) ? stream.uniform() * 0.2 : 0;
}

void draw_knobs(core::Stream& stream, Options& options) {
  auto& scheduler = options.scheduler;
  scheduler.chunk_target = milliseconds(between(stream, 1, 50));
  scheduler.chunk_limit = stream.chance(0.2) ? 3 : 8192;
  if (stream.chance(0.3)) scheduler.fixed_chunk = pick(stream, 1, 5);
  scheduler.ready = pick(stream, 0, 3);
  scheduler.straggler_factor = 0.5 + 2 * stream.uniform();
  options.segment_bytes = static_cast<std::uint64_t>(between(stream, 512, 65536));
  options.group_bytes = static_cast<std::uint64_t>(between(stream, 64, 65536));
  options.group_age = milliseconds(between(stream, 1, 20));
  options.tick = milliseconds(between(stream, 2, 10));
  options.progress = milliseconds(between(stream, 20, 300));
  options.publish = milliseconds(between(stream, 20, 300));
  options.keep_outputs = stream.chance(0.2);
}

/// How losses are noticed, and who starts what.
void draw_watch(core::Stream& stream, SeedClass kind, Options& options) {
  const bool patient = options.faults[static_cast<std::size_t>(FaultKind::stuck_sync)] > 0;
  options.liveness_timeout = milliseconds(between(stream, 200, 2000) * (patient ? 5 : 1));
  options.liveness_start = options.liveness_timeout * stream.between(2, 6);
  // Who kills his rank is not suspected where no connection tells of it (but for rank 0's keeper).
  options.sockets = stream.chance(0.7) || options.job.poison_share > 0;
  options.launcher = stream.chance(0.5) && kind == SeedClass::normal;
  if (!options.launcher) return;
  options.hosts = pick(stream, 1, 4);
  options.look = milliseconds(between(stream, 10, 250));
  options.start_s = between(stream, 0.01, 0.5);
  options.sees_owner = stream.chance(0.5);
  options.launch.max_relaunches = pick(stream, 0, 5);
  options.launch.min_ranks = stream.chance(0.2) ? options.workers : 1;
  options.launch.start_timeout = milliseconds(between(stream, 2'000, 20'000));
  options.launch.silence_timeout = milliseconds(between(stream, 1'500, 20'000) * (patient ? 3 : 1));
  const bool has_faults = std::ranges::any_of(options.faults, [](auto count) { return count > 0; });
  if (has_faults && stream.chance(0.4)) ++options.faults[static_cast<std::size_t>(FaultKind::stop)];
}

/// Where the disk may be stuck for minutes, little happens and little is noted.
void fit_to_minutes(Options& options) {
  if (options.faults[static_cast<std::size_t>(FaultKind::stuck_sync)] == 0) return;
  options.tick = std::chrono::milliseconds{10};
  options.progress = std::chrono::seconds{1};
}

/// Half of the kinds of faults are off, the others have a rate each; one seed in ten has none.
/// Every kind has a stream of its own, so that a new one leaves the others as they were.
void draw_plan(SeedClass kind, Options& options) {
  if (draw_stream(options.seed, Draw::options, 4).chance(0.1)) return;
  for (std::uint32_t i = 0; i < fault_kind_count; ++i) {
    core::Stream stream = draw_stream(options.seed, Draw::options, 5, i);
    const auto fault = static_cast<FaultKind>(i);
    if (!stream.chance(0.5) || (is_damage(fault) && kind == SeedClass::normal)) continue;
    if (fault == FaultKind::stuck_sync && !stream.chance(0.5)) continue;  // minutes of ticks
    const double rate = between(stream, 0.2, 2.5);
    while (options.faults[i] < 6 && stream.uniform() * (1 + rate) < rate) ++options.faults[i];
  }
  fit_to_minutes(options);
}

}  // namespace

core::Duration log_normal(core::Stream& stream, double median_s, double sigma) {
  double factor = 1;
  if (sigma > 0) {
    const double u = (static_cast<double>(stream.next() >> 11) + 0.5) * 0x1.0p-53;
    factor = core::exact::exp(sigma * core::exact::normal_quantile(u));
  }
  return core::Duration{static_cast<std::int64_t>(median_s * factor * 1e9) + 1};
}

Options draw_options(std::uint64_t seed, SeedClass kind) {
  const auto part = [seed](std::uint32_t number) {
    return draw_stream(seed, Draw::options, number);
  };
  Options options;
  options.seed = seed;
  core::Stream job = part(1);
  core::Stream cluster = part(2);
  core::Stream knobs = part(3);
  draw_job(job, options);
  draw_cluster(cluster, options);
  draw_knobs(knobs, options);
  draw_plan(kind, options);
  core::Stream race = part(6);
  draw_race(race, options);
  core::Stream texts = part(7);
  draw_texts(texts, options);
  core::Stream objectives = part(8);
  draw_objectives(objectives, options);
  core::Stream poison = part(4);
  options.job.poison_share = poison.chance(0.15) ? 0.02 : 0.0;
  core::Stream watch = part(7);
  draw_watch(watch, kind, options);
  return options;
}

Options with_only(Options options, FaultKind kind, std::uint32_t count) {
  options.faults = {};
  options.faults[static_cast<std::size_t>(kind)] = count;
  fit_to_minutes(options);
  if (!needs_launcher(kind)) return options;
  options.launcher = true;
  options.hosts = 2;
  options.launch.start_timeout = options.launch.silence_timeout = std::chrono::seconds{5};
  return options;
}

std::string describe(const Options& options) {
  const auto& job = options.job;
  const auto& trajectory = options.trajectory;
  const auto ms = [](core::Duration span) { return static_cast<double>(span.count()) * 1e-6; };
  std::string text = fmt::format(
      "job: {} strategy, {} candidates, cells {}/{}/{}, {}, failures {}, stubborn {}, poison {}\n",
      name_of(job.kind), job.candidates, job.train, job.validation, job.test,
      job.maximise ? "max" : "min", job.failure_share, job.stubborn_share, job.poison_share);
  constexpr std::array<std::string_view, 5> racings{"none", "halving", "paired", "asha",
                                                    "friedman"};
  text +=
      fmt::format("trajectory: racing {}, heat {}, look-ahead {}{}, budget {}, target {}\n",
                  racings[static_cast<std::size_t>(trajectory.race.racing)], trajectory.race.heat,
                  trajectory.lookahead, trajectory.proposes_by_heats ? " by heats" : "",
                  trajectory.budget ? fmt::to_string(*trajectory.budget) : "none",
                  trajectory.target ? fmt::to_string(*trajectory.target) : "none");
  text += fmt::format("objectives: cost {}, winner by rule {}, patience {}, cost budget {}\n",
                      !trajectory.objectives.counts(optimize::Objective::cost)  ? "no"
                      : trajectory.objectives.limits[optimize::Objective::cost] ? "at most 2"
                                                                                : "yes",
                      static_cast<int>(trajectory.objectives.winner),
                      trajectory.patience ? fmt::to_string(*trajectory.patience) : "none",
                      trajectory.cost_budget ? fmt::to_string(*trajectory.cost_budget) : "none");
  text += fmt::format(
      "cluster: {} workers x {} slots, cell {:.3g} ms (sigma {:.2f}), delay {:.3g} ms (sigma "
      "{:.2f}), sync {:.3g} ms (sigma {:.2f}), notice {:.3g} ms, relaunch {:.3g} ms\n",
      options.workers, options.slots, options.cell_median_s * 1e3, options.cell_sigma,
      options.delay_median_s * 1e3, options.delay_sigma, options.sync_median_s * 1e3,
      options.sync_sigma, options.notice_s * 1e3, options.relaunch_s * 1e3);
  text += fmt::format(
      "knobs: chunk {:.3g} ms (limit {}, fixed {}), ready {}, straggler {:.2f}, segment {}, group "
      "{} B / {:.3g} ms, tick {:.3g} ms, progress {:.3g} ms, publish {:.3g} ms, outputs {}\n",
      ms(options.scheduler.chunk_target), options.scheduler.chunk_limit,
      options.scheduler.fixed_chunk.value_or(0), options.scheduler.ready,
      options.scheduler.straggler_factor, options.segment_bytes, options.group_bytes,
      ms(options.group_age), ms(options.tick), ms(options.progress), ms(options.publish),
      options.keep_outputs);
  text += fmt::format("watch: {}, time limit {:.3g} ms, start {:.3g} ms\n",
                      options.sockets ? "connections" : "messages only",
                      ms(options.liveness_timeout), ms(options.liveness_start));
  if (options.launcher)
    text += fmt::format(
        "launcher: {} hosts, at least {} ranks, {} relaunches, start {:.3g} of {:.3g} ms, silence "
        "{:.3g} ms, look {:.3g} ms{}\n",
        options.hosts, options.launch.min_ranks, options.launch.max_relaunches,
        options.start_s * 1e3, ms(options.launch.start_timeout), ms(options.launch.silence_timeout),
        ms(options.look), options.sees_owner ? ", sees the owner" : "");
  text += fmt::format("disk: {}, lag {:.3g} ms; clocks: drift {:.2g}\nfaults:",
                      options.network_disk ? "network" : "local", options.view_lag_s * 1e3,
                      options.clock_drift);
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind)
    if (options.faults[kind] > 0)
      text += fmt::format(" {} {}", options.faults[kind], name_of(static_cast<FaultKind>(kind)));
  return text + "\n";
}

}  // namespace foundation::simulation
