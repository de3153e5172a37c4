#include "runtime/keeper.hpp"

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <utility>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/codec.hpp"
#include "core/error.hpp"
#include "foundation/trace.hpp"
#include "process/leftovers.hpp"
#include "process/scratch.hpp"
#include "runtime/keeper_children.hpp"
#include "runtime/launch_leftovers.hpp"
#include "runtime/launch_mark.hpp"

namespace foundation::runtime {
namespace {

constexpr std::size_t request_limit = 64 * 1024;
constexpr int child_patience_ms = 5000;  // for a started child when the working process is gone
constexpr int look_interval_ms = 500;    // at the process above, under our launcher
constexpr std::array passed_signals = {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGQUIT};

sigset_t kept_signals() {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGCHLD);
  for (const int signal : passed_signals) sigaddset(&set, signal);
  return set;
}

void die_with_parent(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != parent) _exit(1);
}

/// A message with room for descriptors behind it.
struct Envelope {
  iovec content{};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(2 * sizeof(int))> control{};
  msghdr header{};

  Envelope(void* data, std::size_t size) : content{data, size} {
    header.msg_iov = &content;
    header.msg_iovlen = 1;
    header.msg_control = control.data();
    header.msg_controllen = control.size();
  }
};

ssize_t receive_request(int socket, std::vector<std::byte>& request, std::array<int, 2>& passed) {
  Envelope envelope{request.data(), request.size()};
  const ssize_t size = recvmsg(socket, &envelope.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  const cmsghdr* rights = size > 0 ? CMSG_FIRSTHDR(&envelope.header) : nullptr;
  if (rights != nullptr && rights->cmsg_type == SCM_RIGHTS &&
      rights->cmsg_len == CMSG_LEN(sizeof passed))
    std::memcpy(passed.data(), CMSG_DATA(rights), sizeof passed);
  return size;
}

/// The keeper's own loop; lives in the parent process only.
class KeeperProcess {
 public:
  KeeperProcess(pid_t worker, int socket, int signals, pid_t parent, const CellMarks& marks)
      : worker_{worker}, socket_{socket}, signals_{signals}, parent_{parent}, marks_{marks} {}

  [[noreturn]] void run() {
    while (true) {
      std::array<pollfd, 2> watched{{{signals_, POLLIN, 0}, {socket_, POLLIN, 0}}};
      const nfds_t count = socket_open_ ? 2 : 1;
      const bool quiet = poll(watched.data(), count, patience_ms()) == 0;
      if (quiet && worker_gone_) break;
      if (launched_ && !worker_gone_ && getppid() != parent_) kill(worker_, SIGKILL);
      if ((watched[0].revents & POLLIN) != 0) take_signal();
      if (socket_open_ && watched[1].revents != 0) take_request();
      if (worker_gone_ && (child_ < 0 || launched_)) break;
    }
    if (child_ > 0) kill(child_, SIGKILL);
    if (evaluations_.were_any()) end_evaluations();
    if (launched_) leave_quietly();
    end_like_worker();
  }

 private:
  [[nodiscard]] int patience_ms() const {
    if (worker_gone_) return child_patience_ms;
    return launched_ ? look_interval_ms : -1;
  }

  void take_signal() {
    signalfd_siginfo info{};
    if (read(signals_, &info, sizeof info) != static_cast<ssize_t>(sizeof info)) return;
    const int signal = static_cast<int>(info.ssi_signo);
    // A terminal signals the whole foreground group: the working process has got it already.
    if (signal == SIGCHLD) return reap();
    if (!worker_gone_ && info.ssi_code != SI_KERNEL) kill(worker_, signal);
  }

  void reap() {
    int status = 0;
    bool left_orphans = false;
    for (pid_t pid = 0; (pid = waitpid(-1, &status, WNOHANG)) > 0;) {
      if (pid == worker_) {
        worker_gone_ = true;
        worker_status_ = status;
        evaluations_.kill_all();
        ended_in_a_cell_ = leave_suspects(marks_);
      } else if (evaluations_.ended(pid, status)) {
        left_orphans = true;
      } else if (pid == child_) {
        child_ = -1;
        const int code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
        static_cast<void>(send(socket_, &code, sizeof code, MSG_NOSIGNAL | MSG_DONTWAIT));
      }
    }
    if (left_orphans && !worker_gone_) end_orphans();
  }

  /// Programs that an evaluation has started and not ended are our children now.
  void end_orphans() const {
    std::vector<pid_t> spared = evaluations_.alive();
    spared.push_back(worker_);
    if (child_ > 0) spared.push_back(child_);
    process::end_children(spared);
  }

  /// Nothing of what they have run is left behind, not even a file.
  static void end_evaluations() {
    process::end_children({});
    process::remove_abandoned_scratch();
  }

  void take_request() {
    std::vector<std::byte> request(request_limit);
    std::array<int, 2> passed{-1, -1};  // channel and report of an evaluation
    const ssize_t size = receive_request(socket_, request, passed);
    if (size <= 0) {
      if (size == 0 || (errno != EAGAIN && errno != EINTR)) socket_open_ = false;
      return;
    }
    std::vector<std::string> arguments;
    core::Decoder decoder{std::span{request}.first(static_cast<std::size_t>(size))};
    decoder >> arguments;
    if (passed[1] < 0) return start_one(arguments);
    evaluations_.start(arguments, passed[0], passed[1]);
  }

  void start_one(const std::vector<std::string>& arguments) {
    child_ = start_child(arguments, -1);
    if (child_ > 0) return;
    const int code = 127;
    static_cast<void>(send(socket_, &code, sizeof code, MSG_NOSIGNAL | MSG_DONTWAIT));
  }

  /// To the process manager every rank ends well: a lost one must not end the others. How the run
  /// ended is in its folder.
  [[noreturn]] static void leave_quietly() {
    if (const auto place = own_place()) remove_files_of_rank(*place);
    _exit(0);
  }

  [[noreturn]] void end_like_worker() const {
    if (!WIFSIGNALED(worker_status_)) {
      const int status = WEXITSTATUS(worker_status_);
      // A program that calls exit(0) has not ended the run well.
      _exit(status == 0 && ended_in_a_cell_ ? core::exit_status(core::ErrorKind::infrastructure)
                                            : status);
    }
    const int signal = WTERMSIG(worker_status_);
    ::signal(signal, SIG_DFL);
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    prctl(PR_SET_DUMPABLE, 0);  // the working process has left the core file, if any
    kill(getpid(), signal);
    _exit(128 + signal);
  }

  pid_t worker_;
  int socket_;
  int signals_;
  pid_t parent_;
  const CellMarks& marks_;
  ReportedChildren evaluations_;
  bool launched_ = has_launcher();
  bool socket_open_ = true;
  bool worker_gone_ = false;
  bool ended_in_a_cell_ = false;
  int worker_status_ = 0;
  pid_t child_ = -1;
};

[[noreturn]] void no_process(const char* what) {
  throw core::Error{
      core::ErrorKind::infrastructure,
      std::string{"cannot start the working process: "} + what + ": " + std::strerror(errno),
      "look at the limits of processes and open files (ulimit -u, ulimit -n)"};
}

}  // namespace

Keeper Keeper::split() {
  std::array<int, 2> sockets{};
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, sockets.data()) != 0)
    no_process("socketpair");
  const sigset_t kept = kept_signals();
  sigset_t before;
  sigprocmask(SIG_BLOCK, &kept, &before);
  const int signals = signalfd(-1, &kept, SFD_CLOEXEC);
  if (signals < 0) no_process("signalfd");
  const pid_t parent = getppid();
  const pid_t keeper = getpid();
  auto marks = std::make_unique<CellMarks>();
  trace::follow_child();
  const pid_t worker = fork();
  if (worker < 0) no_process("fork");
  if (worker > 0) {
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    close(sockets[1]);
    KeeperProcess{worker, sockets[0], signals, parent, *marks}.run();
  }
  die_with_parent(keeper);
  close(sockets[0]);
  close(signals);
  sigprocmask(SIG_SETMASK, &before, nullptr);
  return Keeper{sockets[1], std::move(marks)};
}

Keeper::Keeper(Keeper&& other) noexcept
    : socket_{std::exchange(other.socket_, -1)}, marks_{std::move(other.marks_)} {}

Keeper::~Keeper() {
  if (socket_ >= 0) close(socket_);
}

void Keeper::start(const std::vector<std::string>& arguments) {
  core::Encoder encoder;
  encoder << arguments;
  const auto& bytes = encoder.bytes();
  if (send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL) < 0)
    throw core::system_error("ask the keeper for", "a child process", errno);
}

Keeper::Evaluation Keeper::start_evaluation(const std::vector<std::string>& arguments) const {
  std::array<int, 2> channel{};
  std::array<int, 2> report{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channel.data()) != 0)
    throw core::system_error("make a connection to", "a child process", errno);
  Evaluation evaluation;
  evaluation.channel.reset(channel[0]);
  const core::Descriptor far_channel{channel[1]};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, report.data()) != 0)
    throw core::system_error("make a connection to", "the keeper", errno);
  evaluation.report.reset(report[0]);
  const core::Descriptor far_report{report[1]};
  core::Encoder encoder;
  encoder << arguments;
  std::vector<std::byte> request = encoder.take();
  Envelope envelope{request.data(), request.size()};
  cmsghdr* rights = CMSG_FIRSTHDR(&envelope.header);
  const std::array<int, 2> passed{channel[1], report[1]};
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(sizeof passed);
  std::memcpy(CMSG_DATA(rights), passed.data(), sizeof passed);
  if (sendmsg(socket_, &envelope.header, MSG_NOSIGNAL) < 0)
    throw core::system_error("ask the keeper for", "a child process", errno);
  return evaluation;
}

std::optional<int> Keeper::finished() {
  int code = 0;
  if (recv(socket_, &code, sizeof code, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof code))
    return code;
  return std::nullopt;
}

std::optional<int> Keeper::wait_finished(core::Duration limit) {
  pollfd watched{socket_, POLLIN, 0};
  const auto limit_ms = std::chrono::duration_cast<std::chrono::milliseconds>(limit).count();
  poll(&watched, 1, static_cast<int>(limit_ms));
  return finished();
}

}  // namespace foundation::runtime
