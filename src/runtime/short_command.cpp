#include "runtime/short_command.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdlib>
#include <sstream>
#include <string_view>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/descriptor.hpp"

namespace foundation::runtime {
namespace {

constexpr std::size_t most_output = 16384;

struct Running {
  pid_t pid = -1;
  core::Descriptor output;
};

/// What the child starts with, whatever is blocked, ignored or open here.
class SpawnSettings {
 public:
  explicit SpawnSettings(int output) {
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    sigset_t defaults;
    sigemptyset(&defaults);
    posix_spawnattr_setsigmask(&attributes, &defaults);
    sigaddset(&defaults, SIGPIPE);
    posix_spawnattr_setsigdefault(&attributes, &defaults);
    posix_spawnattr_setpgroup(&attributes, 0);
    posix_spawnattr_setflags(
        &attributes,
        static_cast<short>(POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETPGROUP));
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
  }

  posix_spawn_file_actions_t actions{};
  posix_spawnattr_t attributes{};
};

Running start(const std::vector<std::string>& command) {
  Running running;
  std::array<int, 2> ends{};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) return running;
  const core::Descriptor writing{ends[1]};
  running.output = core::Descriptor{ends[0]};
  std::vector<char*> argv;
  for (const std::string& word : command) argv.push_back(const_cast<char*>(word.c_str()));
  argv.push_back(nullptr);
  const SpawnSettings settings{ends[1]};
  if (posix_spawnp(&running.pid, argv[0], &settings.actions, &settings.attributes, argv.data(),
                   environ) == 0)
    return running;
  running.pid = -1;
  running.output.reset();
  return running;
}

/// Takes what has come; closes at the end of the output.
void read_some(Running& running, std::string& output) {
  std::array<char, 4096> part{};
  const ssize_t size = read(running.output.get(), part.data(), part.size());
  if (size < 0 && errno == EINTR) return;
  if (size <= 0) return running.output.reset();
  if (output.size() < most_output) output.append(part.data(), static_cast<std::size_t>(size));
}

/// Until all outputs are closed or the time is over; returns when that is.
core::Time read_all(std::vector<Running>& running, std::vector<CommandOutcome>& outcomes,
                    CommandLimit limit) {
  const core::Time end = core::monotonic_now() + limit.whole;
  core::Time deadline = end;
  while (true) {
    std::vector<pollfd> watched;
    std::vector<std::size_t> whose;
    for (std::size_t i = 0; i < running.size(); ++i) {
      if (!running[i].output) continue;
      watched.push_back({running[i].output.get(), POLLIN, 0});
      whose.push_back(i);
    }
    const auto left =
        std::chrono::ceil<std::chrono::milliseconds>(deadline - core::monotonic_now()).count();
    if (watched.empty() || left <= 0) return deadline;
    if (poll(watched.data(), watched.size(), static_cast<int>(left)) <= 0) continue;
    for (std::size_t i = 0; i < watched.size(); ++i) {
      if (watched[i].revents == 0) continue;
      read_some(running[whose[i]], outcomes[whose[i]].output);
      if (!running[whose[i]].output) deadline = std::min(end, core::monotonic_now() + limit.pause);
    }
  }
}

/// The exit status of a child that has closed its output, or that is killed now.
std::optional<int> collect(const Running& running, core::Time deadline) {
  if (running.pid < 0) return std::nullopt;
  int status = 0;
  bool in_time = true;
  while (waitpid(running.pid, &status, WNOHANG) == 0) {
    if (core::monotonic_now() < deadline) {
      poll(nullptr, 0, 1);
      continue;
    }
    in_time = false;
    kill(-running.pid, SIGKILL);
    waitpid(running.pid, &status, 0);
    break;
  }
  kill(-running.pid, SIGKILL);  // what it has left behind in its group
  if (!in_time) return std::nullopt;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

}  // namespace

std::vector<CommandOutcome> run_commands(const std::vector<std::vector<std::string>>& commands,
                                         CommandLimit limit) {
  std::vector<Running> running;
  running.reserve(commands.size());
  for (const auto& command : commands) running.push_back(start(command));
  std::vector<CommandOutcome> outcomes(commands.size());
  const core::Time deadline = read_all(running, outcomes, limit);
  for (std::size_t i = 0; i < running.size(); ++i)
    outcomes[i].status = collect(running[i], deadline);
  return outcomes;
}

std::optional<std::string> find_program(const std::string& name) {
  if (name.empty()) return std::nullopt;
  if (name.find('/') != std::string::npos)
    return access(name.c_str(), X_OK) == 0 ? std::optional{name} : std::nullopt;
  const char* path = std::getenv("PATH");
  std::istringstream folders{path == nullptr ? "/usr/bin:/bin" : path};
  for (std::string folder; std::getline(folders, folder, ':');) {
    std::string file = (folder.empty() ? "." : folder) + "/" + name;
    if (access(file.c_str(), X_OK) == 0) return file;
  }
  return std::nullopt;
}

std::vector<std::string> split_words(const std::string& text) {
  std::istringstream stream{text};
  std::vector<std::string> words;
  for (std::string word; stream >> word;) words.push_back(word);
  return words;
}

}  // namespace foundation::runtime
