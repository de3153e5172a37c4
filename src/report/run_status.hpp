#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/health.hpp"
#include "cluster/registry.hpp"
#include "journal/disk.hpp"
#include "journal/journal.hpp"
#include "report/run_view.hpp"

namespace foundation::report {

enum class Phase : std::uint8_t {
  done,     ///< ended by itself, with or without a valid result
  failed,   ///< ended by an error
  running,  ///< its owner is alive
  stopped,  ///< nobody works on it; the same command continues it
};
[[nodiscard]] std::string_view name_of(Phase phase) noexcept;

/// Exit status while a run is at work; the others are those of the run itself.
inline constexpr int running_exit_status = 1;

struct RunStatus {
  Phase phase = Phase::stopped;
  int exit_status = 0;       ///< 0 done, 1 running, 3 resumable, 4 no valid result, 5 failed
  std::string reason;        ///< for people
  journal::Epoch epoch = 0;  ///< highest
  std::optional<journal::Claim> owner;
  std::uint64_t evaluations = 0;
  std::uint64_t expected = 0;
  std::int64_t best = -1;
  double best_score = 0;
  core::WallLabel last_seen = 0;
  /// What language models may have been asked for; none: no amount is limited.
  std::optional<campaign::SpendingRecord> spending;
  /// When the workers of the last session had registered and the first cell was given out.
  std::optional<core::WallLabel> optimization_started;
  cluster::HealthReport health;            ///< of the nodes of the last session
  std::vector<cluster::Service> services;  ///< of the last session, those that have not ended
};

/// Judges a run by its end note, the newest claim (is its process alive on this machine?) and
/// the journal. An owner on another machine counts as alive for two minutes after the last
/// record; `now` is only used for that. Throws core::Error when the journal is damaged.
[[nodiscard]] RunStatus judge_run(const journal::Disk& run_folder, core::WallLabel now);

[[nodiscard]] std::string describe(const RunStatus& status, std::string_view run);
[[nodiscard]] std::string to_json(const RunStatus& status, std::string_view run);

}  // namespace foundation::report
