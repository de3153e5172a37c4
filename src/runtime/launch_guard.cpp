#include "runtime/launch_guard.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "runtime/launch_leftovers.hpp"

namespace foundation::runtime {

using campaign::launch::Signal;

namespace {

constexpr int patience_ms = 2000;  // between two requests to end
/// To a process manager whose launcher has died: it may need the second one.
constexpr std::array last_signals = {SIGTERM, SIGTERM, SIGKILL};

[[noreturn]] void no_process(const char* what) {
  throw core::Error{core::ErrorKind::infrastructure,
                    fmt::format("cannot start the ranks: {}: {}", what, std::strerror(errno)),
                    "look at the limits of processes and open files (ulimit -u, ulimit -n)"};
}

void unblock_all() {
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
}

/// Becomes the process manager.
[[noreturn]] void become(const std::vector<char*>& argv, const std::vector<char*>& environment,
                         pid_t guard) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != guard) _exit(1);
  setpgid(0, 0);
  const int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0) _exit(127);
  for (const int signal : {SIGPIPE, SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2, SIGQUIT})
    ::signal(signal, SIG_DFL);
  unblock_all();
  execve(argv[0], argv.data(), environment.data());
  _exit(127);
}

int number_of(Signal signal) {
  switch (signal) {
    case Signal::drain: return SIGUSR1;
    case Signal::terminate: return SIGTERM;
    case Signal::kill: break;
  }
  return SIGKILL;
}

/// The loop of the process between; lives there only.
class GuardProcess {
 public:
  GuardProcess(pid_t manager, int socket, int children, const std::string& launch_id)
      : manager_{manager}, socket_{socket}, children_{children}, launch_id_{launch_id} {}

  [[noreturn]] void run() {
    static_cast<void>(tell(manager_));
    while (true) {
      std::array<pollfd, 2> watched{{{children_, POLLIN, 0}, {socket_, POLLIN, 0}}};
      const int ready =
          poll(watched.data(), launcher_gone_ ? 1 : 2, launcher_gone_ ? patience_ms : -1);
      if (ready == 0) signal_next();
      if (watched[0].revents != 0) reap();
      if (manager_ < 0)
        break;  // requests may have come at the same time: kill(-1) is for everybody
      if (ready > 0 && !launcher_gone_ && watched[1].revents != 0) take_request();
    }
    if (launcher_gone_) tidy_up();
    _exit(0);
  }

 private:
  /// False if the launcher has died.
  [[nodiscard]] bool tell(int number) const {
    return ::send(socket_, &number, sizeof number, MSG_NOSIGNAL) >= 0;
  }

  void take_request() {
    int signal = 0;
    const ssize_t size = recv(socket_, &signal, sizeof signal, MSG_DONTWAIT);
    if (size == static_cast<ssize_t>(sizeof signal)) {
      kill(signal == SIGKILL ? -manager_ : manager_, signal);
    } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
      launcher_gone_ = true;
      job_ = job_of_mpirun(manager_);
      signal_next();
    }
  }

  void signal_next() {
    if (step_ + 1 < last_signals.size()) {
      kill(manager_, last_signals[step_++]);
    } else {
      kill(-manager_, last_signals.back());
    }
  }

  void reap() {
    signalfd_siginfo info{};
    if (read(children_, &info, sizeof info) < 0) return;  // nothing came after all
    int status = 0;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid != manager_) continue;
      ended_manager_ = manager_;
      manager_ = -1;
      if (!tell(status)) launcher_gone_ = true;
    }
  }

  void tidy_up() const {
    end_marked_processes(launch_id_);
    remove_files_of_mpirun(ended_manager_);
    if (job_) remove_files_of_job(*job_);
  }

  pid_t manager_;
  pid_t ended_manager_ = -1;
  int socket_;
  int children_;
  const std::string& launch_id_;
  bool launcher_gone_ = false;
  std::optional<std::uint32_t> job_;  ///< of mpirun, which forgets it when it ends
  std::size_t step_ = 0;
};

[[noreturn]] void guard(const std::vector<char*>& argv, const std::vector<char*>& environment,
                        int socket, const std::string& launch_id) {
  setsid();
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, nullptr);
  sigset_t child;
  sigemptyset(&child);
  sigaddset(&child, SIGCHLD);
  const int children = signalfd(-1, &child, SFD_CLOEXEC | SFD_NONBLOCK);
  const pid_t self = getpid();
  const pid_t manager = children < 0 ? -1 : fork();
  if (manager == 0) become(argv, environment, self);
  if (manager < 0) _exit(1);
  GuardProcess{manager, socket, children, launch_id}.run();
}

std::vector<char*> pointers(const std::vector<std::string>& words) {
  std::vector<char*> list;
  list.reserve(words.size());
  for (const std::string& word : words) list.push_back(const_cast<char*>(word.c_str()));
  return list;
}

}  // namespace

LaunchGuard::LaunchGuard(const LaunchCommand& command, const std::string& launch_id)
    : name_{std::filesystem::path{command.words.at(0)}.filename().string()} {
  std::vector<char*> argv = pointers(command.words);
  argv.push_back(nullptr);
  std::vector<char*> environment = pointers(command.environment);
  for (char** variable = environ; *variable != nullptr; ++variable)
    environment.push_back(*variable);
  environment.push_back(nullptr);
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    no_process("socketpair");
  guard_ = fork();
  if (guard_ == 0) {
    close(sockets[0]);
    guard(argv, environment, sockets[1], launch_id);
  }
  close(sockets[1]);
  socket_ = sockets[0];
  if (guard_ > 0 &&
      recv(socket_, &manager_, sizeof manager_, 0) == static_cast<ssize_t>(sizeof manager_))
    return;
  if (guard_ > 0) waitpid(guard_, nullptr, 0);
  close(socket_);
  no_process("fork");
}

LaunchGuard::~LaunchGuard() {
  close(socket_);
  while (guard_ > 0 && waitpid(guard_, nullptr, 0) < 0 && errno == EINTR) {
  }
}

void LaunchGuard::send(Signal signal) noexcept {
  const int number = number_of(signal);
  static_cast<void>(::send(socket_, &number, sizeof number, MSG_NOSIGNAL | MSG_DONTWAIT));
}

std::optional<std::string> LaunchGuard::ended() {
  int status = 0;
  const ssize_t size = recv(socket_, &status, sizeof status, MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return std::nullopt;
  if (size != static_cast<ssize_t>(sizeof status))
    return fmt::format("the guard of {} ended", name_);
  if (WIFSIGNALED(status))
    return fmt::format("{} was killed by signal {}", name_, WTERMSIG(status));
  return fmt::format("{} ended with status {}", name_, WEXITSTATUS(status));
}

}  // namespace foundation::runtime
