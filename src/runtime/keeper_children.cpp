#include "runtime/keeper_children.hpp"

#include <array>
#include <string_view>
#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

namespace foundation::runtime {
namespace {

constexpr std::array launcher_prefixes = {"OMPI_", "PMIX_", "PMI_", "SLURM_STEP_", "PRTE_"};

bool of_launcher(std::string_view variable) {
  for (const char* prefix : launcher_prefixes)
    if (variable.starts_with(prefix)) return true;
  return false;
}

/// Standard input and output lead nowhere; the channel, if any, is where it is looked for.
bool arrange_descriptors(int channel) {
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0 || dup2(null, STDIN_FILENO) < 0 || dup2(null, STDOUT_FILENO) < 0) return false;
  if (channel < 0) return true;
  if (channel != channel_descriptor) return dup2(channel, channel_descriptor) >= 0;
  return fcntl(channel, F_SETFD, 0) == 0;
}

[[noreturn]] void run_child(const std::vector<std::string>& arguments, int channel, pid_t keeper) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != keeper) _exit(1);
  setpgid(0, 0);  // a Ctrl-C at the terminal is not meant for it
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_UNBLOCK, &all, nullptr);
  if (!arrange_descriptors(channel)) _exit(127);
  std::vector<char*> environment;
  for (char** variable = environ; *variable != nullptr; ++variable)
    if (!of_launcher(*variable)) environment.push_back(*variable);
  environment.push_back(nullptr);
  std::string name = "foundation";
  std::vector<char*> argv{name.data()};
  for (const std::string& argument : arguments) argv.push_back(const_cast<char*>(argument.c_str()));
  argv.push_back(nullptr);
  execve("/proc/self/exe", argv.data(), environment.data());
  _exit(127);
}

void report_end(int socket, int status) {
  static_cast<void>(send(socket, &status, sizeof status, MSG_NOSIGNAL | MSG_DONTWAIT));
  close(socket);
}

}  // namespace

pid_t start_child(const std::vector<std::string>& arguments, int channel) {
  const pid_t keeper = getpid();
  const pid_t pid = fork();
  if (pid == 0) run_child(arguments, channel, keeper);
  return pid;
}

void ReportedChildren::start(const std::vector<std::string>& arguments, int channel, int report) {
  const pid_t pid = start_child(arguments, channel);
  close(channel);
  if (pid < 0) {
    constexpr int could_not_run = 127 << 8;
    return report_end(report, could_not_run);
  }
  reports_.emplace(pid, report);
  were_any_ = true;
}

bool ReportedChildren::ended(pid_t child, int status) {
  const auto found = reports_.find(child);
  if (found == reports_.end()) return false;
  report_end(found->second, status);
  reports_.erase(found);
  return true;
}

std::vector<pid_t> ReportedChildren::alive() const {
  std::vector<pid_t> pids;
  for (const auto& [pid, report] : reports_) pids.push_back(pid);
  return pids;
}

void ReportedChildren::kill_all() const noexcept {
  for (const auto& [pid, report] : reports_) kill(pid, SIGKILL);
}

}  // namespace foundation::runtime
