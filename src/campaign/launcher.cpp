#include "campaign/launcher.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/format.h>

#include "core/mutation.hpp"
#include "core/quantity.hpp"
#include "core/reach.hpp"

namespace foundation::campaign {

using launch::Outcome;
using launch::Signal;

namespace {

constexpr core::Duration patience = std::chrono::seconds{2};  // between two steps of the end
constexpr core::Duration longest_gap = std::chrono::seconds{5};
/// How a process manager is ended. It needs the second request when it has lost a host.
constexpr std::array steps = {Signal::terminate, Signal::terminate, Signal::kill, Signal::kill,
                              Signal::kill,      Signal::kill,      Signal::kill};
constexpr int first_kill = 2;
constexpr std::string_view taken_over = "another process has taken over the run";

}  // namespace

Launcher::Launcher(LauncherOptions options, const RunState& before, std::uint64_t evaluations,
                   core::Time now)
    : options_{std::move(options)},
      last_{now},
      evaluations_{evaluations},
      newest_epoch_{before.epoch} {
  begin_attempt();
}

std::vector<launch::Action> Launcher::take_actions() { return std::exchange(actions_, {}); }

void Launcher::say(bool warning, std::string text) {
  actions_.emplace_back(launch::Say{warning, std::move(text)});
}

/// Deadlines do not run while this process stood still.
void Launcher::pass_time(core::Time now) {
  const core::Duration gap = now - last_;
  last_ = now;
  if (gap <= longest_gap || FOUNDATION_MUTATION(launcher_pause_counted)) return;
  FOUNDATION_REACHED(launcher_stood_still);
  deadline_ = deadline_ + gap;
  last_growth_ = last_growth_ + gap;
}

// --- the start of an attempt ---------------------------------------------------------------------

void Launcher::begin_attempt() {
  ++attempt_;
  phase_ = Phase::probing;
  actions_.emplace_back(launch::Probe{options_.hosts});
}

void Launcher::probed(const std::vector<std::string>& reachable, std::string_view failures,
                      core::Time now) {
  if (phase_ != Phase::probing) return;
  pass_time(now);
  if (note_) return finish(Outcome::noted);  // by a rank 0 that could not be reached
  if (is_taken_over()) return finish_taken_over();
  if (is_stopped()) return finish(Outcome::stopped, *stop_reason_);
  std::vector<LaunchHost> hosts;
  for (const LaunchHost& host : options_.hosts)
    if (std::ranges::find(reachable, host.name) != reachable.end() ||
        FOUNDATION_MUTATION(silent_hosts_used))
      hosts.push_back(host);
  FOUNDATION_REACHED_IF(hosts.size() < options_.hosts.size(), host_left_out);
  if (hosts.size() < options_.hosts.size())
    say(true, fmt::format("left out, no answer: {}", failures));
  hosts = fill(hosts, options_.ranks);
  if (is_hopeless(hosts, failures)) return;
  const std::uint32_t ranks = options_.hosts.empty() ? options_.ranks : count_ranks(hosts);
  if (ranks < options_.ranks)
    say(true, fmt::format("{} of {} ranks, on {}", ranks, options_.ranks, format_hosts(hosts)));
  if (attempt_ > 1)
    say(false,
        fmt::format("relaunching{}{}: attempt {}, {} evaluations kept", hosts.empty() ? "" : " on ",
                    format_hosts(hosts), attempt_, evaluations_));
  placed_ = hosts;
  own_epoch_ = 0;
  journal_bytes_ = 0;
  at_work_ = false;
  cause_.clear();
  phase_ = Phase::starting;
  deadline_ = now + options_.start_timeout;
  actions_.emplace_back(launch::Start{attempt_, ranks, std::move(hosts)});
}

/// Whether there is no use in this attempt; says why and finishes then.
bool Launcher::is_hopeless(const std::vector<LaunchHost>& hosts, std::string_view failures) {
  if (!options_.hosts.empty() && count_ranks(hosts) < std::max(options_.min_ranks, 1U)) {
    const std::string left = hosts.empty()
                                 ? "no host is left"
                                 : fmt::format(
                                       "only {} ranks fit on the hosts that are left ({}), fewer "
                                       "than --min-ranks {}",
                                       count_ranks(hosts), format_hosts(hosts), options_.min_ranks);
    finish(Outcome::failed, fmt::format("{}; no answer: {}", left, failures),
           "see that each host lets you run a command (`ssh HOST true`), then repeat the command");
    return true;
  }
  if (attempt_ == 1 || ever_owned_ || hosts != placed_) return false;
  FOUNDATION_REACHED(launch_hopeless);
  finish(Outcome::failed, fmt::format("the run did not start: {}", cause_),
         "what the process manager and the ranks said is above; `foundation doctor` looks for "
         "the usual causes");
  return true;
}

// --- a run at work -------------------------------------------------------------------------------

void Launcher::looked(const RunState& state, core::Time now) {
  pass_time(now);
  if (state.epoch > newest_epoch_) take_claim(state, now);
  const bool ours = (own_epoch_ != 0 && state.epoch == own_epoch_) ||
                    FOUNDATION_MUTATION(note_of_old_epoch_believed);
  if (ours && state.note && !note_) take_note(*state.note, now);
  if (phase_ == Phase::running) watch(state, now);
}

/// By a rank of ours, which may claim more than one (--salvage does), or by somebody else.
void Launcher::take_claim(const RunState& state, core::Time now) {
  newest_epoch_ = state.epoch;
  const bool started = attempt_ > 1 || phase_ != Phase::probing;
  taken_over_ = taken_over_ || (state.by_other && started);
  FOUNDATION_REACHED_IF(state.by_other && started, launch_taken_over);
  if (phase_ != Phase::starting && phase_ != Phase::running) return;
  phase_ = Phase::running;
  if (state.by_other) return;
  ever_owned_ = true;
  own_epoch_ = state.epoch;
  journal_bytes_ = 0;
  last_growth_ = now;
}

void Launcher::watch(const RunState& state, core::Time now) {
  if (taken_over_) return fail_attempt(std::string{taken_over}, now);
  FOUNDATION_REACHED_IF(state.owner_gone, rank_zero_gone);
  if (state.owner_gone) return fail_attempt("the process of rank 0 is gone", now);
  if (state.journal_bytes != journal_bytes_) {
    journal_bytes_ = state.journal_bytes;
    last_growth_ = now;
    at_work_ = true;
  }
  if (at_work_ && stop_reason_ && !drain_sent_ && !FOUNDATION_MUTATION(stop_not_passed_on)) {
    FOUNDATION_REACHED(stop_waited_for_work);
    drain_sent_ = true;
    actions_.emplace_back(Signal::drain);
  }
  const core::Time silent_from = last_growth_ + options_.silence_timeout;
  const bool is_silent = now > (at_work_ ? silent_from : std::max(silent_from, deadline_));
  if (!is_silent || FOUNDATION_MUTATION(silent_run_endured)) return;
  FOUNDATION_REACHED(rank_zero_silent);
  fail_attempt(
      at_work_ ? fmt::format("no sign of life from rank 0 for {}",
                             core::format_duration(options_.silence_timeout))
               : fmt::format("rank 0 has claimed the run, but the ranks did not begin within {}",
                             core::format_duration(options_.start_timeout)),
      now);
}

/// A rank 0 that was frozen or slow may still drain when its attempt is ended: that is no wish of
/// the user's, and no end of the run. Nor is it the end that all workers are lost: others may do.
void Launcher::take_note(const EndNote& note, core::Time now) {
  const bool is_answer = note.file == done_file;
  const bool is_forced = !cause_.empty() && !is_answer && !stop_reason_;
  FOUNDATION_REACHED_IF(is_forced, forced_note_ignored);
  if (is_forced && !FOUNDATION_MUTATION(forced_note_believed)) return;
  if (note.again && !stop_reason_ && !FOUNDATION_MUTATION(lost_workers_final)) {
    FOUNDATION_REACHED(relaunched_for_lost_workers);
    if (phase_ == Phase::running) fail_attempt(note.reason, now);
    return;
  }
  note_ = note;
  if (phase_ == Phase::running) end_process(true, now);
}

void Launcher::stop(std::string_view reason, bool interrupt, core::Time now) {
  if (phase_ == Phase::finished) return;
  pass_time(now);
  if (!stop_reason_) {
    stop_reason_ = reason;
    say(false, fmt::format("{}: what is under way is finished first{}", reason,
                           interrupt ? "; once more ends everything at once" : ""));
    FOUNDATION_REACHED_IF(phase_ == Phase::starting, stopped_in_start);
    if (phase_ == Phase::starting) return end_process(false, now);
    if (phase_ == Phase::running && at_work_) {
      drain_sent_ = true;
      actions_.emplace_back(Signal::drain);
    }
    return;
  }
  if (!interrupt || hurried_) return;
  hurried_ = true;
  if (phase_ != Phase::starting && phase_ != Phase::running && phase_ != Phase::ending) return;
  FOUNDATION_REACHED(end_hurried);
  phase_ = Phase::ending;
  step_ = first_kill;
  next_step(now);
}

void Launcher::tick(core::Time now) {
  pass_time(now);
  const bool is_late = phase_ == Phase::starting && now >= deadline_;
  FOUNDATION_REACHED_IF(is_late, launch_timed_out);
  if (is_late && !FOUNDATION_MUTATION(launch_awaited_for_ever))
    return fail_attempt(fmt::format("the ranks did not begin within {}",
                                    core::format_duration(options_.start_timeout)),
                        now);
  if (phase_ == Phase::ending && now >= deadline_) next_step(now);
}

// --- the end of an attempt -----------------------------------------------------------------------

void Launcher::fail_attempt(std::string cause, core::Time now) {
  cause_ = std::move(cause);
  say(true, fmt::format("attempt {}: {}", attempt_, cause_));
  if (FOUNDATION_MUTATION(attempt_abandoned)) return tidy();
  end_process(false, now);
}

void Launcher::end_process(bool grace, core::Time now) {
  phase_ = Phase::ending;
  step_ = 0;
  if (!grace) return next_step(now);
  deadline_ = now + patience;
}

void Launcher::next_step(core::Time now) {
  if (step_ == static_cast<int>(steps.size()))
    return finish(Outcome::failed, "the process manager cannot be ended, not even by SIGKILL",
                  "look for processes in uninterruptible sleep (state D), then repeat the command");
  FOUNDATION_REACHED_IF(step_ == 1, manager_asked_twice);
  FOUNDATION_REACHED_IF(step_ == first_kill, manager_killed);
  actions_.emplace_back(steps[static_cast<std::size_t>(step_++)]);
  deadline_ = now + patience;
}

void Launcher::ended(std::string_view how, core::Time now) {
  if (phase_ != Phase::starting && phase_ != Phase::running && phase_ != Phase::ending) return;
  pass_time(now);
  if (phase_ != Phase::ending && !note_ && !stop_reason_) {
    FOUNDATION_REACHED(manager_ended_early);
    cause_ = fmt::format("{} before {}", how,
                         phase_ == Phase::starting ? "the ranks had begun" : "the run was over");
    say(true, fmt::format("attempt {}: {}", attempt_, cause_));
  }
  tidy();
}

void Launcher::tidy() {
  phase_ = Phase::tidying;
  actions_.emplace_back(launch::Tidy{!note_ || step_ > first_kill, placed_});
}

void Launcher::tidied(std::uint64_t evaluations, core::Time now) {
  if (phase_ != Phase::tidying) return;
  pass_time(now);
  if (note_ || FOUNDATION_MUTATION(manager_status_believed)) return finish(Outcome::noted);
  if (is_taken_over()) return finish_taken_over();
  if (is_stopped()) return finish(Outcome::stopped, *stop_reason_);
  judge_failure(evaluations);
}

void Launcher::judge_failure(std::uint64_t evaluations) {
  if (evaluations > evaluations_ && !FOUNDATION_MUTATION(progress_unseen)) fruitless_ = 0;
  evaluations_ = evaluations;
  const bool is_used_up = fruitless_ >= options_.max_relaunches;
  FOUNDATION_REACHED_IF(is_used_up, relaunches_used_up);
  if (is_used_up && !FOUNDATION_MUTATION(relaunched_without_bound))
    return finish(Outcome::failed,
                  fmt::format("given up after attempt {} (--max-relaunches {} without a new "
                              "evaluation): {}",
                              attempt_, options_.max_relaunches, cause_),
                  "what the ranks said is above; repeat the command to continue");
  ++fruitless_;
  begin_attempt();
}

bool Launcher::is_taken_over() const noexcept {
  return taken_over_ && !FOUNDATION_MUTATION(successor_fought);
}

bool Launcher::is_stopped() const noexcept {
  return stop_reason_ && !FOUNDATION_MUTATION(relaunched_after_stop);
}

void Launcher::finish_taken_over() {
  finish(Outcome::failed, std::string{taken_over},
         "it goes on there: `foundation status` tells how far");
}

void Launcher::finish(Outcome outcome, std::string reason, std::string hint) {
  phase_ = Phase::finished;
  actions_.emplace_back(launch::Finish{outcome, note_.value_or(EndNote{}), std::move(reason),
                                       std::move(hint), hurried_});
}

}  // namespace foundation::campaign
