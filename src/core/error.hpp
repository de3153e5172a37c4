#pragma once

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace foundation::core {

/// What went wrong, as far as a caller or the exit status can make use of it.
enum class ErrorKind : std::uint8_t {
  usage,           ///< command line is wrong
  bad_input,       ///< job file, trainset or another file of the user's is wrong
  conflict,        ///< another live process owns the run
  io,              ///< the system refused: full disk, permissions, read or write error
  corrupt_data,    ///< a file of ours is damaged
  infrastructure,  ///< ranks, launcher or node lost beyond repair
  no_result,       ///< everything ran, nothing valid came out
  internal,        ///< our own bug
};

/// Where in a user's file something is wrong. Lines and columns count from 1; 0 means unknown.
struct Place {
  std::string file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
  std::string text;  ///< the line itself, for the excerpt; may be empty
};

/// An error that is not a bug of ours: the message says what happened and why it matters, the
/// hint what to do about it. `what()` holds the message only; `describe()` gives all of it.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, std::string message, std::string hint = {});
  Error(ErrorKind kind, Place place, std::string message, std::string hint = {});

  [[nodiscard]] ErrorKind kind() const noexcept { return kind_; }
  [[nodiscard]] const Place& place() const noexcept { return place_; }
  [[nodiscard]] const std::string& hint() const noexcept { return hint_; }

 private:
  ErrorKind kind_;
  Place place_;
  std::string hint_;
};

/// The error as a compiler would print it:
///     error: unknown key 'stratgy'
///       --> job.toml:7:1
///        7 | stratgy = "random"
///          | ^
///       help: did you mean 'strategy'?
[[nodiscard]] std::string describe(const Error& error);

/// Error for a failed system call: "cannot <action> '<path>': <strerror(error_number)>".
[[nodiscard]] Error system_error(std::string_view action, std::string_view path, int error_number);

/// Exit status of the process for an error of this kind (the table is in README.md).
[[nodiscard]] int exit_status(ErrorKind kind) noexcept;

}  // namespace foundation::core
