#include "tests/simulation/faults.hpp"

#include <algorithm>
#include <array>
#include <sstream>

#include <fmt/format.h>

namespace foundation::simulation {
namespace {

constexpr std::array<std::string_view, fault_kind_count> names{
    "worker_crash",   "node_loss",     "worker_pause",   "worker_replaced", "connection_lost",
    "worker_joins",   "clog",          "swizzle",        "partition",       "one_way",
    "cell_failure",   "kill",          "late_write",     "power_loss",      "freeze",
    "freeze_all",     "takeover",      "takeover_all",   "relaunches",      "kill_in_call",
    "power_in_call",  "rival_in_call", "stop",           "call_error",      "sync_error",
    "disk_full",      "full_at_sync",  "read_error",     "slow_sync",       "stuck_sync",
    "stale_view",     "wall_jump",     "bit_rot",        "lost_sector",     "misdirected",
    "truncation",     "file_lost",     "lying_sync",     "worker_frozen",   "torn_write",
    "host_lost",      "cable_cut",     "manager_killed", "manager_hangs",   "launcher_killed",
    "launcher_pause", "never_starts"};
constexpr std::array<std::string_view, phase_count> phase_names{"down",   "start", "recovery",
                                                                "steady", "drain", "end"};

/// How long it lasts; for faults in calls to the disk, how many calls later it comes.
std::int64_t draw_amount(core::Stream& stream, FaultKind kind) {
  constexpr std::int64_t second = 1'000'000'000;
  switch (kind) {
    case FaultKind::call_error:
    case FaultKind::kill_in_call:
    case FaultKind::power_in_call:
    case FaultKind::rival_in_call: return static_cast<std::int64_t>(stream.below(30));
    case FaultKind::wall_jump: return stream.between(-48 * 3600, 48 * 3600) * second;
    case FaultKind::stuck_sync: return stream.between(60, 180) * second;
    case FaultKind::freeze: return log_normal(stream, stream.chance(0.3) ? 3 : 0.1, 1.5).count();
    case FaultKind::host_lost:
    case FaultKind::cable_cut:
    case FaultKind::launcher_pause: return log_normal(stream, 2.5, 1.5).count();
    default: return log_normal(stream, 0.1, 1.5).count();
  }
}

/// In a time of its own, or soon after the world has come to a phase.
void draw_moment(core::Stream& stream, std::uint64_t horizon, Fault& fault) {
  fault.at = stream.below(horizon);
  const std::uint64_t soon = stream.below(12);
  const auto phase = static_cast<Phase>(stream.below(phase_count));
  if (!stream.chance(needs_launcher(fault.kind) ? 0.6 : 0.4)) return;
  fault.phase = phase;
  fault.at = phase == Phase::steady ? fault.at : soon;
}

std::optional<Fault> parse_fault(const std::string& word) {
  const auto at = word.find('@');
  const auto name = std::ranges::find(names, std::string_view{word}.substr(0, at));
  if (at == std::string::npos || name == names.end()) return std::nullopt;
  Fault fault{.kind = static_cast<FaultKind>(name - names.begin())};
  std::string moment = word.substr(at + 1);
  if (const auto plus = moment.find('+'); plus != std::string::npos) {
    const auto phase = std::ranges::find(phase_names, std::string_view{moment}.substr(0, plus));
    if (phase == phase_names.end()) return std::nullopt;
    fault.phase = static_cast<Phase>(phase - phase_names.begin());
    moment.erase(0, plus + 1);
  }
  char colon = 0;
  std::istringstream numbers{moment};
  numbers >> fault.at >> colon >> fault.target >> colon >> fault.amount_ns;
  return numbers.fail() ? std::nullopt : std::optional{fault};
}

}  // namespace

std::string_view name_of(FaultKind kind) noexcept { return names[static_cast<std::size_t>(kind)]; }
std::string_view name_of(Phase phase) noexcept {
  return phase_names[static_cast<std::size_t>(phase)];
}

std::vector<Fault> draw_faults(const Options& options) {
  std::vector<Fault> faults;
  core::Stream common = draw_stream(options.seed, Draw::horizon);
  const std::uint64_t cells = std::uint64_t{options.job.candidates} * options.job.validation +
                              options.job.train + 2 * options.job.test;
  const std::uint64_t horizon = 20 + cells * (1 + common.below(4));
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind) {
    for (std::uint32_t i = 0; i < options.faults[kind]; ++i) {
      core::Stream stream = draw_stream(options.seed, Draw::faults, kind, i);
      Fault fault{.kind = static_cast<FaultKind>(kind)};
      draw_moment(stream, horizon, fault);
      fault.target = static_cast<std::uint32_t>(stream.below(1000));
      fault.amount_ns = draw_amount(stream, fault.kind);
      faults.push_back(fault);
    }
  }
  std::ranges::stable_sort(faults, {}, &Fault::at);
  return faults;
}

std::string to_text(const std::vector<Fault>& faults) {
  std::string text;
  for (const Fault& fault : faults)
    text += fmt::format("{}{}@{}{}{}:{}:{}", text.empty() ? "" : " ", name_of(fault.kind),
                        fault.phase ? name_of(*fault.phase) : "", fault.phase ? "+" : "", fault.at,
                        fault.target, fault.amount_ns);
  return text;
}

std::optional<std::vector<Fault>> parse_faults(std::string_view text) {
  std::istringstream words{std::string{text}};
  std::vector<Fault> faults;
  for (std::string word; words >> word;) {
    const auto fault = parse_fault(word);
    if (!fault) return std::nullopt;
    faults.push_back(*fault);
  }
  return faults;
}

/// Without a session there is nothing but the disk, the clock and whoever starts the next one.
bool can_hit(FaultKind kind, Phase phase) noexcept {
  if (phase != Phase::down) return true;
  if (needs_launcher(kind)) return true;
  return kind == FaultKind::relaunches || kind == FaultKind::kill_in_call ||
         kind == FaultKind::power_in_call || kind == FaultKind::rival_in_call ||
         kind == FaultKind::power_loss || kind == FaultKind::stop ||
         (kind >= FaultKind::call_error && kind != FaultKind::slow_sync &&
          kind != FaultKind::stuck_sync && kind != FaultKind::worker_frozen &&
          kind != FaultKind::torn_write);
}

std::string matrix_table(const FaultMatrix& matrix) {
  std::string text = fmt::format("{:<16}", "");
  for (const std::string_view phase : phase_names) text += fmt::format("{:>9}", phase);
  for (std::uint32_t kind = 0; kind < fault_kind_count; ++kind) {
    text += fmt::format("\n{:<16}", names[kind]);
    for (std::uint32_t phase = 0; phase < phase_count; ++phase) {
      const bool possible = can_hit(static_cast<FaultKind>(kind), static_cast<Phase>(phase));
      const std::uint64_t hits = matrix[std::size_t{kind} * phase_count + phase];
      text += possible || hits > 0 ? fmt::format("{:>9}", hits) : fmt::format("{:>9}", "-");
    }
  }
  return text + "\n";
}

}  // namespace foundation::simulation
