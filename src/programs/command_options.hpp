#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "model/space.hpp"
#include "process/limits.hpp"

namespace foundation::programs {

enum class CommandMode : std::uint8_t {
  one_shot,    ///< a process for each cell
  persistent,  ///< one process for many cells, which it is asked for in lines of JSON
};

/// What of a run is the answer.
enum class AnswerKind : std::uint8_t { text, exit_status, regex, json, wall_time, cpu_time };

struct AnswerOptions {
  AnswerKind kind = AnswerKind::text;
  std::string file{};          ///< in the scratch folder; empty: stdout
  std::string pattern{};       ///< kind regex: a POSIX extended regular expression
  std::string pointer{};       ///< kind json: a JSON pointer (RFC 6901); empty: the whole document
  std::string cost_pointer{};  ///< kind json: where the cost of the run stands; empty: nowhere

  [[nodiscard]] bool tells_cost() const noexcept {
    return kind == AnswerKind::json && !cost_pointer.empty();
  }
};

/// Throws core::Error{bad_input} for a pattern or a pointer that is none.
void check_answer(const AnswerOptions& options);

/// When a persistent program is started anew, beside after its death.
enum class Restart : std::uint8_t { never, candidate };

/// An executable as the program to be optimised.
struct CommandOptions {
  CommandMode mode = CommandMode::one_shot;
  std::string executable;  ///< an absolute path
  /// What follows the executable's name, with placeholders (programs/command_template.hpp). A
  /// group is left out as a whole; most hold one argument.
  std::vector<std::vector<std::string>> arguments;
  std::string folder;  ///< `{folder}`: an absolute path, of the job file unless the job says so
  std::vector<std::string> files;  ///< absolute paths of what else it consists of
  AnswerOptions answer;
  std::vector<std::int32_t> exit_statuses{0};  ///< those that are fine; empty: all
  Restart restart = Restart::never;
  process::Limits limits{
      .wall = std::chrono::hours{1}, .processes = 512, .output_bytes = std::uint64_t{16} << 20};
  std::vector<std::string> passed{default_passed()};  ///< names of variables of ours it sees
  std::map<std::string, std::string> environment;
  std::vector<model::Parameter> parameters;  ///< its space, as the job declares it

  /// The program says what a run costs, if it wants to.
  [[nodiscard]] bool may_tell_cost() const noexcept {
    return mode == CommandMode::persistent || answer.tells_cost();
  }

  [[nodiscard]] static std::vector<std::string> default_passed() {
    return {"PATH", "HOME", "USER", "LOGNAME",         "SHELL",
            "LANG", "LC_*", "TZ",   "LD_LIBRARY_PATH", "PYTHONPATH",
            "OMP_*"};
  }
};

}  // namespace foundation::programs
