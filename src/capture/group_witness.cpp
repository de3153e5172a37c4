#include "capture/group_witness.hpp"

#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <string>
#include <thread>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace foundation::capture {
namespace {

/// The kernel signals the members of a group one after the other, without a pause.
constexpr std::chrono::milliseconds settling{2};

[[noreturn]] void leave_pending(pid_t parent) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NAME, "group-witness");
  for (int descriptor = 0; descriptor < 3; ++descriptor) close(descriptor);
  while (getppid() == parent) pause();
  _exit(0);
}

/// Signals that wait for the process as a whole (proc(5), status, ShdPnd).
std::uint64_t pending_of(pid_t process) {
  std::ifstream status{"/proc/" + std::to_string(process) + "/status"};
  for (std::string line; std::getline(status, line);)
    if (line.starts_with("ShdPnd:")) return std::strtoull(line.c_str() + 7, nullptr, 16);
  return 0;
}

}  // namespace

void GroupWitness::start() {
  sigset_t all, before;
  sigfillset(&all);
  sigprocmask(SIG_SETMASK, &all, &before);
  const pid_t parent = getpid();
  process_ = fork();
  if (process_ == 0) leave_pending(parent);
  sigprocmask(SIG_SETMASK, &before, nullptr);
}

void GroupWitness::stop() noexcept {
  if (process_ <= 0) return;
  kill(process_, SIGKILL);
  while (waitpid(process_, nullptr, 0) < 0 && errno == EINTR) continue;
  process_ = -1;
}

bool GroupWitness::saw(int signal) {
  if (process_ <= 0) return false;
  std::this_thread::sleep_for(settling);
  const bool seen = (pending_of(process_) >> (signal - 1) & 1U) != 0;
  if (seen) {  // the next one of the kind must be told from this one
    stop();
    start();
  }
  return seen;
}

}  // namespace foundation::capture
