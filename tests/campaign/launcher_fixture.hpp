#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "campaign/launcher.hpp"

namespace foundation::campaign {

/// A launcher with a clock of its own and what it wanted so far.
class LauncherTest : public ::testing::Test {
 protected:
  LauncherTest() {
    options_.hosts = {{"a", 2}, {"b", 2}};
    options_.ranks = 4;
    options_.max_relaunches = 2;
    options_.start_timeout = std::chrono::seconds{30};
    options_.silence_timeout = std::chrono::seconds{20};
  }

  void begin() {
    launcher_.emplace(options_, RunState{4, false, 0, std::nullopt}, 100, now_);
    state_.epoch = 4;
    collect();
  }
  void start(std::vector<std::string> reachable = {"a", "b"}) {
    launcher_->probed(reachable, "others: silent", now_);
    collect();
  }
  void claim() {
    ++state_.epoch;
    state_.journal_bytes = 0;
    state_.note.reset();
    state_.owner_gone = false;
    look();
  }
  /// The ranks have begun and write.
  void work() {
    claim();
    grow();
  }
  /// Somebody else claims the run.
  void lose_run() { state_ = {.epoch = state_.epoch + 1, .by_other = true}; }
  void grow() {
    state_.journal_bytes += 10;
    look();
  }
  void look() {
    launcher_->looked(state_, now_);
    collect();
  }
  /// Looks each second, at a run that does not change.
  void watch(int seconds) {
    for (int second = 0; second < seconds; ++second) {
      pass(std::chrono::seconds{1});
      look();
    }
  }
  void note(int exit_status) {
    state_.note = EndNote{state_.epoch, exit_status, "because", note_file(exit_status)};
    look();
  }
  void pass(core::Duration span) {
    for (core::Duration step = std::chrono::seconds{1}; span > core::Duration::zero();
         span -= step) {
      now_ = now_ + std::min(step, span);
      launcher_->tick(now_);
      collect();
    }
  }
  void stop(bool interrupt = true) {
    launcher_->stop("stopped by SIGINT", interrupt, now_);
    collect();
  }
  void end_process() {
    launcher_->ended("mpirun ended with status 1", now_);
    collect();
  }
  void tidy(std::uint64_t evaluations) {
    launcher_->tidied(evaluations, now_);
    collect();
  }
  /// An attempt that brings the journal to so many evaluations and then breaks off.
  void break_off(std::uint64_t evaluations) {
    start();
    work();
    end_process();
    tidy(evaluations);
  }

  void collect() {
    for (launch::Action& action : launcher_->take_actions()) {
      if (auto* say = std::get_if<launch::Say>(&action)) {
        said_ += say->text + "\n";
      } else if (auto* signal = std::get_if<launch::Signal>(&action)) {
        signals_.push_back(*signal);
      } else if (auto* finish = std::get_if<launch::Finish>(&action)) {
        finish_ = *finish;
      } else if (auto* start = std::get_if<launch::Start>(&action)) {
        starts_.push_back(*start);
      } else if (auto* tidy = std::get_if<launch::Tidy>(&action)) {
        tidies_.push_back(*tidy);
      } else {
        ++probes_;
      }
    }
  }

  LauncherOptions options_;
  core::Time now_{1'000'000'000};
  std::optional<Launcher> launcher_;
  RunState state_;
  std::string said_;
  std::vector<launch::Signal> signals_;
  std::vector<launch::Start> starts_;
  std::vector<launch::Tidy> tidies_;
  int probes_ = 0;
  std::optional<launch::Finish> finish_;
};

}  // namespace foundation::campaign
