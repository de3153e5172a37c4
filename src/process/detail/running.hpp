#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"
#include "process/command.hpp"
#include "process/detail/descendants.hpp"
#include "process/detail/spawn.hpp"

struct rusage;

namespace foundation::process::detail {

/// A program that runs: its streams, what it uses, its end. Shared by `run` and `Session`.
class Running {
 public:
  enum class Input { given, conversation };
  /// `input` is what it may read; in a conversation it is told by `feed`.
  Running(const Command& command, Input kind, std::string_view input);
  Running(const Running&) = delete;
  Running& operator=(const Running&) = delete;
  ~Running();

  /// Waits for something to happen: reads and writes what can be, and looks at the limits.
  void step();
  /// Waits for its end, at most that long.
  void wait_for_end(core::Duration span);
  [[nodiscard]] bool is_over() const noexcept { return exited_ || limit_ != Limit::none; }
  /// Ends it, if it has not ended, with all that descends from it.
  [[nodiscard]] Ending finish();

  /// What there is to be written to its stdin.
  void feed(std::string_view text);
  void close_input() noexcept;
  /// The part of stdout that has not been taken yet.
  [[nodiscard]] std::string& output() noexcept { return output_; }
  /// From now on time and CPU time count from zero.
  void restart_clocks();
  [[nodiscard]] Ending so_far();

 private:
  [[nodiscard]] core::Time next_look() const;
  void poll_streams(core::Time until);
  void read_output();
  void read_errors();
  void write_input();
  void look_at_usage();
  [[nodiscard]] bool watches_usage() const noexcept;
  void reach(Limit limit) noexcept;
  void collect(int status, const rusage& used);
  void judge_ending();
  [[nodiscard]] Ending conclude();

  Limits limits_;
  std::size_t kept_errors_;
  std::vector<pid_t> spared_;  ///< children this process had before
  Spawned child_;
  core::Descriptor input_, output_pipe_, errors_pipe_;
  std::string pending_input_;
  std::string output_;
  std::string errors_;
  std::uint64_t output_seen_ = 0;
  core::Time started_;
  core::Time counted_from_;
  core::Time next_usage_;
  core::Duration cpu_{0};         ///< last measured, of all
  core::Duration cpu_before_{0};  ///< when clocks were restarted
  core::Duration cpu_reaped_{0};  ///< of orphans
  std::uint64_t own_peak_ = 0;    ///< of this process when it started the program
  bool exited_ = false;
  bool finished_ = false;
  Limit limit_ = Limit::none;
  Ending ending_;
};

}  // namespace foundation::process::detail
