#pragma once

#include <chrono>
#include <streambuf>
#include <string>
#include <vector>
#include <sys/types.h>

namespace foundation {

/// A command that runs without a shell, in a process group of its own, with its output in a pipe
/// and nothing to read. The destructor ends the whole group. Local; POSIX only.
class ChildProcess {
 public:
  enum class Errors { inherited, with_output };

  /// Throws core::Error{io} when the command cannot be started.
  ChildProcess(const std::vector<std::string>& arguments, Errors errors);
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;
  ~ChildProcess();

  /// Descriptor to read the output from; owned by this.
  [[nodiscard]] int output() const noexcept { return output_; }
  /// Waits for the end: exit status, or 128 + signal.
  int wait();

 private:
  pid_t id_ = -1;
  int output_ = -1;
};

/// The output of a child, to be read as a stream.
class ChildOutput : public std::streambuf {
 public:
  explicit ChildOutput(const ChildProcess& child) : descriptor_{child.output()}, buffer_(65536) {}

 protected:
  int_type underflow() override;

 private:
  int descriptor_;
  std::vector<char> buffer_;
};

/// How a short command ended.
struct CommandResult {
  bool started = false;    ///< false: there is no such command
  bool timed_out = false;  ///< it was ended after the time limit
  int exit_status = 0;
  std::string output;  ///< stdout and stderr, the first 64 KiB
};
[[nodiscard]] CommandResult run_command(const std::vector<std::string>& arguments,
                                        std::chrono::milliseconds limit);

}  // namespace foundation
