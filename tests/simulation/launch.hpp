#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "campaign/launcher.hpp"
#include "tests/simulation/launch_oracle.hpp"
#include "tests/simulation/session.hpp"

namespace foundation::simulation {

class Launch;

/// What a launch sees of the world and does to it.
class LaunchWorld {
 public:
  virtual ~LaunchWorld() = default;
  [[nodiscard]] virtual campaign::RunState look_at_run(const Launch& launch) = 0;
  /// In the journal; nothing where its file system shows it a part only.
  [[nodiscard]] virtual std::optional<std::uint64_t> count_evaluations() = 0;
  /// Whether it can be reached over the network, and is up.
  [[nodiscard]] virtual bool answers(std::uint32_t host) const = 0;
  /// Rank 0 begins: null if it dies of that. The session belongs to the world.
  [[nodiscard]] virtual Session* begin_session(const Launch& launch,
                                               const Placement& placement) = 0;
  virtual void launch_finished(const campaign::launch::Finish& finish) = 0;
};

/// One command that starts the ranks of a run until the run is over: campaign::Launcher, and around
/// it the adapter that runtime::launch is in reality, with the process manager that it starts.
class Launch {
 public:
  Launch(Kernel& kernel, LaunchWorld& world, std::uint32_t number);

  /// False if it is refused.
  bool begin();
  /// Marks the claims of its ranks.
  [[nodiscard]] std::string mark() const { return fmt::format("launch {}", number_); }
  void stop(bool interrupt);
  void pause(core::Duration span, bool with_ranks);
  /// The command is killed; the guard ends what it started.
  void kill();
  /// Power loss: the command and its process manager are gone.
  void vanish();
  bool kill_manager();
  bool hang_manager();
  /// The ranks of the next attempt hang in their start.
  bool hang_start();
  /// A host is gone; the process manager does not learn the end of the ranks there.
  void host_lost(std::uint32_t host);

  [[nodiscard]] bool is_over() const { return finished_ || !kernel_.is_alive(process_); }
  [[nodiscard]] bool owns(const Session& session) const;

  // What the launcher wants.
  void operator()(const campaign::launch::Probe& wanted);
  void operator()(const campaign::launch::Start& start);
  void operator()(campaign::launch::Signal signal);
  void operator()(const campaign::launch::Tidy& tidy);
  void operator()(const campaign::launch::Say& say);
  void operator()(const campaign::launch::Finish& finish);

 private:
  /// mpirun or srun with its ranks.
  struct Manager {
    std::uint32_t attempt = 0;
    bool alive = false;
    bool starting = false;  ///< no rank has begun
    bool hangs = false;     ///< it does not end with its ranks, nor at the first request
    Session* session = nullptr;
  };

  void watch();
  void look();
  void perform();
  void start_ranks(std::uint32_t attempt, const Placement& placement);
  void update_manager();
  void end_manager(core::Duration ranks_notice);
  /// Of the first so many attempts that had any.
  void end_ranks(std::size_t sessions);
  [[nodiscard]] bool nobody_left() const;
  [[nodiscard]] core::Duration draw(double median_s);
  [[nodiscard]] core::Time now() const { return kernel_.now(); }

  Kernel& kernel_;
  LaunchWorld& world_;
  std::uint32_t number_;
  std::uint32_t draws_ = 0;
  ProcessId process_;
  campaign::LauncherOptions options_;
  LaunchOracle oracle_;
  std::uint64_t evaluations_ = 0;
  std::optional<campaign::Launcher> launcher_;
  Manager manager_;
  std::vector<Session*> sessions_;  ///< of all attempts
  /// Hosts of them that could not be reached when they were ended.
  std::map<const Session*, std::set<std::uint32_t>> left_behind_;
  std::map<std::string, std::uint32_t> hosts_;
  bool next_start_hangs_ = false;
  bool watching_ = false;  ///< from the start of an attempt until it is tidied up after
  bool finished_ = false;
};

}  // namespace foundation::simulation
