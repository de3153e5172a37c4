#include "child_process.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/time.hpp"

namespace foundation {
namespace {

struct SpawnSettings {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;

  SpawnSettings(int output, ChildProcess::Errors errors) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    if (errors == ChildProcess::Errors::with_output) {
      posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    }
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    sigaddset(&defaults, SIGPIPE);  // ignored here, and that would be inherited
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(&attributes,
                             static_cast<short>(POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }
};

}  // namespace

ChildProcess::ChildProcess(const std::vector<std::string>& arguments, Errors errors) {
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) throw core::system_error("start", arguments[0], errno);
  std::vector<char*> argv;
  argv.reserve(arguments.size() + 1);
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings{ends[1], errors};
  const int failed =
      posix_spawnp(&id_, argv[0], &settings.actions, &settings.attributes, argv.data(), environ);
  close(ends[1]);
  output_ = ends[0];
  if (failed == 0) return;
  close(output_);
  throw core::system_error("start", arguments[0], failed);
}

ChildProcess::~ChildProcess() {
  if (output_ >= 0) close(output_);
  if (id_ < 0) return;
  kill(-id_, SIGKILL);
  wait();
}

int ChildProcess::wait() {
  int status = 0;
  while (waitpid(id_, &status, 0) < 0 && errno == EINTR) {
  }
  id_ = -1;
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

ChildOutput::int_type ChildOutput::underflow() {
  ssize_t size = 0;
  do {
    size = read(descriptor_, buffer_.data(), buffer_.size());
  } while (size < 0 && errno == EINTR);
  if (size <= 0) return traits_type::eof();
  setg(buffer_.data(), buffer_.data(), buffer_.data() + size);
  return traits_type::to_int_type(buffer_[0]);
}

CommandResult run_command(const std::vector<std::string>& arguments,
                          std::chrono::milliseconds limit) try {
  constexpr std::size_t most_output = 65536;
  ChildProcess child{arguments, ChildProcess::Errors::with_output};
  CommandResult result{.started = true, .timed_out = false, .exit_status = 0, .output = {}};
  const core::Time deadline = core::monotonic_now() + limit;
  std::array<char, 4096> part{};
  while (true) {
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - core::monotonic_now());
    pollfd readable{.fd = child.output(), .events = POLLIN, .revents = 0};
    const int ready = left.count() > 0 ? poll(&readable, 1, static_cast<int>(left.count())) : 0;
    if (ready < 0 && errno == EINTR) continue;
    if (ready <= 0) {
      result.timed_out = true;
      return result;
    }
    const ssize_t size = read(child.output(), part.data(), part.size());
    if (size <= 0) break;
    if (result.output.size() < most_output) {
      result.output.append(part.data(), static_cast<std::size_t>(size));
    }
  }
  result.exit_status = child.wait();
  return result;
} catch (const core::Error&) {
  return {};
}

}  // namespace foundation
