#include <gtest/gtest.h>

#include "campaign/launcher.hpp"
#include "core/random.hpp"

namespace foundation::campaign {
namespace {

using namespace std::chrono_literals;
using launch::Signal;

/// A world that does anything at any time, and checks what it is asked for.
class RandomWorld {
 public:
  explicit RandomWorld(std::uint64_t seed) : chance_{seed, core::Purpose::simulate} {
    options_.hosts = {{"a", 1}, {"b", 2}, {"c", 1}};
    options_.ranks = 3;
    options_.max_relaunches = pick(4);
    options_.start_timeout = 10s;
    options_.silence_timeout = 10s;
    launcher_.emplace(options_, state_, 0, now_);
  }

  /// Steps until it has finished.
  int run() {
    int steps = 0;
    while (!launcher_->finished() && steps < 100'000) {
      ++steps;
      act();
      event();
    }
    act();
    return steps;
  }
  [[nodiscard]] bool finished_once() const { return finishes_ == 1; }

 private:
  std::uint32_t pick(std::uint32_t count) {
    return static_cast<std::uint32_t>(chance_.below(count));
  }

  void act() {
    for (const launch::Action& action : launcher_->take_actions()) {
      EXPECT_EQ(finishes_, 0) << "nothing follows the end";
      if (std::holds_alternative<launch::Probe>(action)) probing_ = true;
      if (const auto* start = std::get_if<launch::Start>(&action)) begin(*start);
      if (std::holds_alternative<launch::Tidy>(action)) {
        EXPECT_FALSE(running_) << "nobody tidies up under a living process";
        tidying_ = true;
      }
      if (const auto* signal = std::get_if<Signal>(&action)) {
        if (*signal == Signal::kill && pick(4) > 0) dying_ = true;
        if (*signal == Signal::terminate && pick(3) == 0) dying_ = true;
      }
      if (std::holds_alternative<launch::Finish>(action)) ++finishes_;
    }
  }

  void begin(const launch::Start& start) {
    EXPECT_FALSE(running_) << "never two at once";
    EXPECT_EQ(start.attempt, ++attempts_);
    EXPECT_GE(start.ranks, 1U);
    EXPECT_EQ(start.ranks, count_ranks(start.hosts));
    fruitless_ = evaluations_ > before_ ? 0 : fruitless_ + 1;
    EXPECT_LE(fruitless_, options_.max_relaunches + 1);
    before_ = evaluations_;
    running_ = true;
    claimed_ = dying_ = false;
  }

  void event() {
    now_ = now_ + std::chrono::milliseconds{pick(pick(20) == 0 ? 20'000 : 2'000)};
    if (probing_ && pick(2) == 0) return answer_probe();
    if (tidying_ && pick(2) == 0) {
      tidying_ = false;
      return launcher_->tidied(evaluations_, now_);
    }
    if (running_ && (dying_ || pick(40) == 0)) {
      launcher_->looked(state_, now_);
      running_ = false;
      return launcher_->ended("it ended", now_);
    }
    if (running_ && pick(3) == 0) change_run();
    if (pick(200) == 0) launcher_->stop("stop", pick(2) == 0, now_);
    if (pick(2) == 0) launcher_->looked(state_, now_);
    launcher_->tick(now_);
  }

  void answer_probe() {
    probing_ = false;
    std::vector<std::string> reachable;
    for (const char* name : {"a", "b", "c"})
      if (pick(5) > 0) reachable.emplace_back(name);
    launcher_->probed(reachable, "others", now_);
  }

  void change_run() {
    if (!claimed_) {
      claimed_ = true;
      ++state_.epoch;
      state_ = RunState{state_.epoch, false, 0, std::nullopt};
      return;
    }
    switch (pick(30)) {
      case 0: state_.note = EndNote{state_.epoch, 0, "", {}}; break;
      case 1: state_.owner_gone = true; break;
      case 2:
        if (evaluations_ < 30) ++evaluations_;
        break;
      default: state_.journal_bytes += 1;
    }
  }

  core::Stream chance_;
  LauncherOptions options_;
  std::optional<Launcher> launcher_;
  core::Time now_{};
  RunState state_;
  std::uint64_t evaluations_ = 0;
  std::uint64_t before_ = 0;
  std::uint32_t attempts_ = 0;
  std::uint32_t fruitless_ = 0;
  bool probing_ = false;
  bool running_ = false;
  bool tidying_ = false;
  bool claimed_ = false;
  bool dying_ = false;
  int finishes_ = 0;
};

TEST(LauncherAtRandom, always_ends_and_never_runs_two_at_once) {
  for (std::uint64_t seed = 0; seed < 3000; ++seed) {
    RandomWorld world{seed};
    EXPECT_LT(world.run(), 100'000) << "seed " << seed;
    EXPECT_TRUE(world.finished_once()) << "seed " << seed;
    if (HasFailure()) return;
  }
}

}  // namespace
}  // namespace foundation::campaign
