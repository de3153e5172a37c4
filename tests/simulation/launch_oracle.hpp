#pragma once

#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "campaign/launcher.hpp"

namespace foundation::simulation {

/// What must hold of a campaign::Launcher, whatever it sees. Is told what the launcher is told and
/// what it wants; throws Violation.
class LaunchOracle {
 public:
  explicit LaunchOracle(campaign::LauncherOptions options) : options_{std::move(options)} {}

  void woke(core::Time now);
  void probed(const std::vector<std::string>& reachable);
  void looked(const campaign::RunState& state);
  void stopped() noexcept { stop_requested_ = true; }

  /// So many evaluations are in the journal: before the first attempt, and after each.
  void tidied(std::uint64_t evaluations);

  /// `nobody_left`: no process of an earlier attempt is left on a host that can be reached.
  void check_start(const campaign::launch::Start& start, bool nobody_left);
  void check_signal(campaign::launch::Signal signal);
  void check_finish(const campaign::launch::Finish& finish, bool nobody_left);

  [[nodiscard]] bool stop_requested() const noexcept { return stop_requested_; }

 private:
  void check_end_of_attempt() const;
  [[nodiscard]] bool was_given(int tenths) const;
  void check_note(const campaign::EndNote& note) const;
  [[nodiscard]] bool may_give_up() const;

  campaign::LauncherOptions options_;
  std::set<std::string> reachable_;
  core::Duration awake_{0};  ///< its time, without the gaps in which it stood still
  core::Time last_;
  core::Duration started_{0};  ///< of the attempt, in time awake ...
  core::Duration growth_{0};   ///< ... and of the last growth it saw
  std::uint32_t attempts_ = 0;
  std::uint32_t fruitless_ = 0;  ///< relaunches since the last progress
  std::uint64_t evaluations_ = 0;
  campaign::RunState seen_;
  journal::Epoch epoch_before_ = 0;  ///< the newest one before the attempt
  journal::Epoch own_epoch_ = 0;     ///< of the attempt
  bool between_attempts_ = false;
  bool ever_owned_ = false;
  bool taken_over_ = false;
  bool has_grown_ = false;  ///< the journal of this attempt
  bool overdue_ = false;    ///< it should have given the attempt up
  bool answered_ = false;   ///< a DONE of an own epoch was seen
  std::uint32_t looks_without_drain_ = 0;
  bool signalled_ = false;
  bool stop_requested_ = false;
};

}  // namespace foundation::simulation
