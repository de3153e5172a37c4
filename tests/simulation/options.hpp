#pragma once

#include <array>
#include <cstdint>
#include <string>

#include "campaign/launcher.hpp"
#include "campaign/liveness.hpp"
#include "campaign/scheduler.hpp"
#include "core/random.hpp"
#include "core/time.hpp"
#include "optimize/trajectory.hpp"
#include "tests/simulation/synthetic.hpp"

namespace foundation::simulation {

/// What a draw is used for: streams are keyed by it, so that a draw added in one place does not
/// shift the others and a seed stays itself while the code changes.
enum class Draw : std::uint32_t {
  options = 1,  ///< (part of the options, number)
  faults,       ///< (kind, number)
  network,      ///< (link, message)
  tie,          ///< (event)
  disk,         ///< (epoch, write)
  cost,         ///< (candidate and split, position)
  crash,        ///< (moment)
  evidence,     ///< (look)
  horizon,
  clock,   ///< (epoch, worker)
  damage,  ///< (moment)
  joins,   ///< (epoch, worker)
  socket,  ///< (epoch, worker)
  launch,  ///< (command, step)
};

[[nodiscard]] inline core::Stream draw_stream(std::uint64_t seed, Draw use, std::uint32_t b = 0,
                                              std::uint32_t c = 0) {
  return {seed, core::Purpose::simulate, static_cast<std::uint32_t>(use), b, c};
}

enum class FaultKind : std::uint8_t;                   ///< faults.hpp
inline constexpr std::uint32_t fault_kind_count = 47;  ///< of enum FaultKind

[[nodiscard]] inline core::Duration seconds(double value) noexcept {
  return core::Duration{static_cast<std::int64_t>(value * 1e9)};
}
/// Log-normal with this median; sigma 0 is the median itself.
[[nodiscard]] core::Duration log_normal(core::Stream& stream, double median_s, double sigma);

/// One simulated world: the job, the cluster, the knobs of the code under test, and which kinds
/// of faults happen and how often (swarm testing: Groce et al., ISSTA 2012). Drawn from a seed.
struct Options {
  std::uint64_t seed = 0;
  SyntheticJob job;
  optimize::TrajectoryOptions trajectory;

  std::uint32_t workers = 2;
  std::uint32_t slots = 1;  ///< of each worker
  double cell_median_s = 0.01;
  double cell_sigma = 0.5;
  double delay_median_s = 1e-4;  ///< of one message
  double delay_sigma = 0.5;
  double sync_median_s = 1e-3;  ///< of one write
  double sync_sigma = 0.5;
  double notice_s = 0.05;  ///< until a connection counts as cut
  double relaunch_s = 0.5;

  bool sockets = true;  ///< workers have connections; else they are watched by messages only
  core::Duration liveness_timeout = std::chrono::seconds{10};
  core::Duration liveness_start = std::chrono::seconds{60};

  /// The run is started by the launcher; else somebody starts it again whenever it has ended.
  bool launcher = false;
  std::uint32_t hosts = 1;
  campaign::LauncherOptions launch;  ///< without hosts
  core::Duration look = std::chrono::milliseconds{200};
  double start_s = 0.5;     ///< until the ranks of a launch begin
  bool sees_owner = false;  ///< the launcher is on rank 0's host

  campaign::SchedulerOptions scheduler;
  std::uint64_t segment_bytes = 65536;
  std::uint64_t group_bytes = 65536;
  core::Duration group_age = std::chrono::milliseconds{20};
  core::Duration tick = std::chrono::milliseconds{5};
  core::Duration progress = std::chrono::milliseconds{200};
  core::Duration publish = std::chrono::milliseconds{200};
  bool keep_outputs = false;

  bool network_disk = false;  ///< other nodes see what was synced only, some time later
  double view_lag_s = 0;      ///< ... at most
  double clock_drift = 0;     ///< clocks of nodes run faster or slower by up to this share

  std::array<std::uint32_t, fault_kind_count> faults{};  ///< planned, by FaultKind
};

/// What a seed may meet.
enum class SeedClass : std::uint8_t {
  normal,  ///< faults that the contract covers: every promise holds
  damage,  ///< stored data is damaged, too: the answer is right, or there is a diagnosis
};
[[nodiscard]] Options draw_options(std::uint64_t seed, SeedClass kind = SeedClass::normal);
/// Faults of one kind only, in a world in which they can happen.
[[nodiscard]] Options with_only(Options options, FaultKind kind, std::uint32_t count);
[[nodiscard]] std::string describe(const Options& options);

}  // namespace foundation::simulation
