#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "campaign/end_note.hpp"
#include "campaign/launch_hosts.hpp"
#include "core/time.hpp"
#include "journal/journal.hpp"

namespace foundation::campaign {

struct LauncherOptions {
  std::vector<LaunchHost> hosts;  ///< the most ranks each may have; empty: not ours to choose
  std::uint32_t ranks = 1;
  std::uint32_t min_ranks = 1;       ///< with fewer there is no start
  std::uint32_t max_relaunches = 5;  ///< in a row without a new evaluation in the journal
  core::Duration start_timeout = std::chrono::seconds{60};    ///< until the journal grows
  core::Duration silence_timeout = std::chrono::seconds{60};  ///< of a journal that does not grow
};

/// What the run folder shows at one moment.
struct RunState {
  journal::Epoch epoch = 0;         ///< of the newest claim; 0: none
  bool owner_gone = false;          ///< its process has certainly ended
  std::uint64_t journal_bytes = 0;  ///< of that epoch's segments
  std::optional<EndNote> note{};    ///< of that epoch; looked for after the owner
  bool by_other = false;            ///< claimed by none of this launcher's ranks, old or new
};

/// What a launcher wants done, in this order.
namespace launch {
/// Find out which of these hosts answer; then Launcher::probed.
struct Probe {
  std::vector<LaunchHost> hosts;
};
/// Start the process manager; then Launcher::ended, once it is gone.
struct Start {
  std::uint32_t attempt = 1;
  std::uint32_t ranks = 1;
  std::vector<LaunchHost> hosts;
};
enum class Signal : std::uint8_t {
  drain,      ///< rank 0 is to stop gracefully
  terminate,  ///< the process manager is to end its ranks and itself
  kill,
};
/// Remove what the attempt has left: with `everywhere`, look for its processes on all hosts.
/// Then Launcher::tidied.
struct Tidy {
  bool everywhere = false;
  std::vector<LaunchHost> hosts;
};
struct Say {
  bool warning = false;
  std::string text;
};
enum class Outcome : std::uint8_t {
  noted,    ///< `note` says how the run ended
  stopped,  ///< on request, without a note; the same command continues
  failed,   ///< `reason` and `hint` say why
};
/// Nothing more follows.
struct Finish {
  Outcome outcome = Outcome::failed;
  EndNote note;
  std::string reason;
  std::string hint;
  bool hurried = false;  ///< the user does not want to wait any more
};
using Action = std::variant<Probe, Start, Signal, Tidy, Say, Finish>;
}  // namespace launch

/// Starts the ranks of a run and sees to it that the run comes to an end: what the process
/// manager's exit status cannot tell, the run folder does. Ends by the note of an epoch that was
/// claimed under it; an attempt without one (the process manager is gone, rank 0 is gone or
/// silent) is ended, tidied up after and followed by the next, on the hosts that still answer.
///
/// A state machine: it is told what happened and hands out actions; no clock, no processes, no
/// files. Never two attempts at once; attempts without progress are bounded. A long gap between
/// two events is its own standing still, and shortens nobody's time.
class Launcher {
 public:
  /// `before` is the run folder before anything was started, `evaluations` what it holds.
  Launcher(LauncherOptions options, const RunState& before, std::uint64_t evaluations,
           core::Time now);

  /// Names of the hosts that answered; `failures` says in words what the others did.
  void probed(const std::vector<std::string>& reachable, std::string_view failures, core::Time now);
  /// What the run folder shows. Look at least each second, and before `ended`, `tidied` and
  /// `probed`: in between somebody else may have taken the run.
  void looked(const RunState& state, core::Time now);
  /// The process manager is gone, or there never was one; `how` in words.
  void ended(std::string_view how, core::Time now);
  /// `evaluations` in the journal by now.
  void tidied(std::uint64_t evaluations, core::Time now);
  /// Somebody wants the run to stop, by `reason`. The first time it is asked to drain; an
  /// interrupt after that ends everything at once.
  void stop(std::string_view reason, bool interrupt, core::Time now);
  void tick(core::Time now);

  [[nodiscard]] std::vector<launch::Action> take_actions();
  [[nodiscard]] bool finished() const noexcept { return phase_ == Phase::finished; }

 private:
  enum class Phase : std::uint8_t { probing, starting, running, ending, tidying, finished };

  void pass_time(core::Time now);
  void begin_attempt();
  [[nodiscard]] bool is_hopeless(const std::vector<LaunchHost>& hosts, std::string_view failures);
  void take_claim(const RunState& state, core::Time now);
  void watch(const RunState& state, core::Time now);
  void take_note(const EndNote& note, core::Time now);
  void fail_attempt(std::string cause, core::Time now);
  void end_process(bool grace, core::Time now);
  void next_step(core::Time now);
  void tidy();
  void judge_failure(std::uint64_t evaluations);
  [[nodiscard]] bool is_taken_over() const noexcept;
  [[nodiscard]] bool is_stopped() const noexcept;
  void finish_taken_over();
  void finish(launch::Outcome outcome, std::string reason = {}, std::string hint = {});
  void say(bool warning, std::string text);

  LauncherOptions options_;
  Phase phase_ = Phase::probing;
  std::vector<launch::Action> actions_;
  core::Time last_;  ///< event

  std::uint32_t attempt_ = 0;
  std::uint32_t fruitless_ = 0;      ///< relaunches since the last progress
  std::uint64_t evaluations_ = 0;    ///< when this attempt began
  std::vector<LaunchHost> placed_;   ///< of this attempt
  bool ever_owned_ = false;          ///< some attempt has claimed the run
  journal::Epoch newest_epoch_ = 0;  ///< seen before this attempt
  journal::Epoch own_epoch_ = 0;     ///< claimed by this attempt
  std::uint64_t journal_bytes_ = 0;
  bool at_work_ = false;  ///< its journal has begun to grow: signals are caught
  core::Time last_growth_;
  std::string cause_;        ///< why the attempt has failed; empty: it has not
  bool taken_over_ = false;  ///< somebody else has claimed the run since the first attempt
  std::optional<EndNote> note_;

  std::optional<std::string> stop_reason_;
  bool drain_sent_ = false;
  bool hurried_ = false;
  core::Time deadline_;  ///< of the start until the journal grows, or of a step of the end
  int step_ = 0;         ///< of the end
};

}  // namespace foundation::campaign
