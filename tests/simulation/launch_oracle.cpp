#include "tests/simulation/launch_oracle.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "core/quantity.hpp"
#include "tests/simulation/violation.hpp"

namespace foundation::simulation {

using campaign::launch::Finish;
using campaign::launch::Outcome;
using campaign::launch::Signal;
using campaign::launch::Start;
using core::Duration;

namespace {

constexpr Duration longest_gap = std::chrono::seconds{5};  ///< between looks; more: it stood still
constexpr std::uint32_t looks_until_drain = 3;

void demand(bool condition, const std::string& what) {
  if (!condition) throw Violation{"launcher: " + what};
}

}  // namespace

void LaunchOracle::woke(core::Time now) {
  if (const Duration gap = now - last_; gap <= longest_gap) awake_ += gap;
  last_ = now;
}

void LaunchOracle::probed(const std::vector<std::string>& reachable) {
  reachable_ = {reachable.begin(), reachable.end()};
}

void LaunchOracle::looked(const campaign::RunState& state) {
  const bool is_running = attempts_ > 0 && !signalled_ && !between_attempts_;
  if (state.epoch > std::max(own_epoch_, epoch_before_) && is_running && !state.by_other) {
    own_epoch_ = state.epoch;
    ever_owned_ = true;
    growth_ = awake_;
  }
  if (attempts_ > 0 && state.epoch > seen_.epoch && state.by_other) taken_over_ = true;
  const bool ours = own_epoch_ != 0 && state.epoch == own_epoch_;
  if (ours && state.journal_bytes != seen_.journal_bytes) growth_ = awake_;
  if (ours && state.journal_bytes > 0) has_grown_ = true;
  if (ours && state.note && state.note->file == campaign::done_file) answered_ = true;
  const bool at_work = ours && state.journal_bytes > 0 && !state.note && !state.owner_gone;
  looks_without_drain_ = stop_requested_ && at_work && !signalled_ ? looks_without_drain_ + 1 : 0;
  demand(looks_without_drain_ <= looks_until_drain, "a stop is not passed on");
  demand(!overdue_ || signalled_, "a run that does not grow is waited for");
  overdue_ = ours && !state.note && was_given(11);
  seen_ = state;
}

void LaunchOracle::tidied(std::uint64_t evaluations) {
  between_attempts_ = attempts_ > 0;
  overdue_ = false;
  if (evaluations > evaluations_) fruitless_ = 0;
  evaluations_ = evaluations;
}

void LaunchOracle::check_start(const Start& start, bool nobody_left) {
  demand(nobody_left, "the next attempt begins while processes of the last one live");
  demand(start.attempt == ++attempts_, "attempts are not counted");
  demand(!taken_over_, "it fights with whoever has taken over the run");
  demand(!answered_, "the next attempt begins although the run is over");
  demand(!stop_requested_, "the next attempt begins although it was asked to stop");
  for (const campaign::LaunchHost& host : start.hosts)
    demand(reachable_.contains(host.name), "ranks are put on a host that does not answer");
  demand(start.ranks == campaign::count_ranks(start.hosts) && start.ranks <= options_.ranks &&
             start.ranks >= options_.min_ranks,
         fmt::format("{} ranks are started", start.ranks));
  if (attempts_ > 1) ++fruitless_;
  demand(fruitless_ <= options_.max_relaunches, "it is relaunched beyond its bound");
  epoch_before_ = std::max(epoch_before_, seen_.epoch);
  own_epoch_ = 0;
  has_grown_ = false;
  between_attempts_ = false;
  overdue_ = false;
  signalled_ = false;
  started_ = awake_;
}

void LaunchOracle::check_signal(Signal signal) {
  if (signal == Signal::drain) demand(stop_requested_, "nobody wants the run to stop");
  if (signal != Signal::drain && !signalled_) check_end_of_attempt();
  signalled_ = true;
}

/// Why ranks are ended that have not ended by themselves.
void LaunchOracle::check_end_of_attempt() const {
  const bool has_reason = stop_requested_ || taken_over_ || seen_.owner_gone || seen_.note;
  if (has_reason) return;
  demand(was_given(9), fmt::format("an attempt is ended that was given {} only",
                                   core::format_duration(awake_ - started_)));
}

/// Whether the attempt has had so many tenths of its time: to start, and since its last growth.
bool LaunchOracle::was_given(int tenths) const {
  const bool to_start = awake_ - started_ > options_.start_timeout * tenths / 10;
  const bool to_grow = awake_ - growth_ > options_.silence_timeout * tenths / 10;
  if (own_epoch_ == 0) return to_start;
  return to_grow && (has_grown_ || to_start);
}

bool LaunchOracle::may_give_up() const {
  const bool no_host = std::ranges::none_of(
      options_.hosts, [this](const auto& host) { return reachable_.contains(host.name); });
  std::uint32_t fitting = 0;
  for (const campaign::LaunchHost& host : options_.hosts)
    if (reachable_.contains(host.name)) fitting += host.ranks;
  const bool bound = fruitless_ >= options_.max_relaunches;
  return taken_over_ || no_host || fitting < options_.min_ranks || bound ||
         (attempts_ > 0 && !ever_owned_);
}

void LaunchOracle::check_finish(const Finish& finish, bool nobody_left) {
  demand(nobody_left, "it ends while processes of it live");
  switch (finish.outcome) {
    case Outcome::noted: return check_note(finish.note);
    case Outcome::stopped: return demand(stop_requested_, "it stops although nobody wants it to");
    case Outcome::failed:
      demand(may_give_up(), "it gives up: " + finish.reason);
      demand(!finish.reason.empty() && !finish.hint.empty(), "it gives up without a word");
  }
}

void LaunchOracle::check_note(const campaign::EndNote& note) const {
  demand(
      own_epoch_ != 0 && note.epoch == own_epoch_,
      fmt::format("the note of epoch {} is taken for the end of epoch {}", note.epoch, own_epoch_));
  demand(note.file != campaign::stopped_file || stop_requested_,
         "a stop that nobody wanted is taken for the end");
  demand(!note.again || stop_requested_, "it gives up although other ranks may do better");
}

}  // namespace foundation::simulation
