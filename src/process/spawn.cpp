#include "process/detail/spawn.hpp"

#include <array>
#include <cerrno>
#include <climits>
#include <csignal>
#include <vector>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "core/sanitizers.hpp"

#ifndef CLONE_PIDFD
#define CLONE_PIDFD 0x1000
#endif

/// clone by its other name. ThreadSanitizer's own `clone` takes every child for one with memory of
/// its own, and loses count of its threads.
extern "C" int plain_clone(int (*begin)(void*), void* stack, int flags, void* argument,
                           ...) __asm__("__clone");

namespace foundation::process::detail {
namespace {

constexpr std::size_t stack_bytes = 65536;
constexpr int last_signal = 64;
constexpr unsigned first_foreign_descriptor = 3;
constexpr unsigned close_on_exec = 4;  // CLOSE_RANGE_CLOEXEC, Linux 5.11

/// A limit of the kernel for the program; `value` RLIM_INFINITY: as ours.
struct KernelLimit {
  int resource;
  rlim_t value;
};

/// Everything the child needs, made before: it may not allocate.
struct Plan {
  const char* path;
  char* const* arguments;
  char* const* environment;
  const char* folder;  ///< null: where we are
  Streams streams;
  std::array<KernelLimit, 4> limits;
  pid_t parent;
  int error;  ///< written by the child if it cannot begin
};

rlim_t whole_seconds(core::Duration span) {
  return static_cast<rlim_t>(std::chrono::ceil<std::chrono::seconds>(span).count());
}

std::array<KernelLimit, 4> kernel_limits(const Limits& limits) {
  const auto given = [](std::uint64_t value) { return value == 0 ? RLIM_INFINITY : value; };
  // The time of one process alone, in whole seconds: for when it outruns our looks.
  const rlim_t cpu_s = limits.cpu.count() == 0 ? RLIM_INFINITY : whole_seconds(limits.cpu) + 1;
  return {{{RLIMIT_CORE, 0},
           {RLIMIT_CPU, cpu_s},
           {RLIMIT_AS, given(limits.address_space_bytes)},
           {RLIMIT_FSIZE, given(limits.file_bytes)}}};
}

// What follows runs in the child, on memory it shares with its parent: system calls only.

/// Ignored signals stay ignored across exec, and ours are no business of the program. Not by
/// sigaction: libraries that wrap it (sanitizers) would change what they know of the parent.
void set_default_handlers() noexcept {
  const std::array<unsigned long, 8> defaults{};
  for (int signal = 1; signal <= last_signal; ++signal)
    syscall(SYS_rt_sigaction, signal, defaults.data(), nullptr, sizeof(unsigned long));
}

bool set_limits(const std::array<KernelLimit, 4>& limits) noexcept {
  for (const KernelLimit& limit : limits) {
    if (limit.value == RLIM_INFINITY) continue;
    rlimit values{};
    if (syscall(SYS_prlimit64, 0, limit.resource, nullptr, &values) != 0) return false;
    values.rlim_cur = limit.value < values.rlim_max ? limit.value : values.rlim_max;
    values.rlim_max = values.rlim_cur;
    if (syscall(SYS_prlimit64, 0, limit.resource, &values, nullptr) != 0) return false;
  }
  return true;
}

bool arrange_streams(const Streams& streams) noexcept {
  return dup2(streams.input, STDIN_FILENO) >= 0 && dup2(streams.output, STDOUT_FILENO) >= 0 &&
         dup2(streams.errors, STDERR_FILENO) >= 0;
}

/// Ours are closed on exec anyway; this is for those of libraries.
void close_others_on_exec() noexcept {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first_foreign_descriptor, UINT_MAX, close_on_exec) == 0) return;
#endif
  constexpr int most_old = 1024;
  for (int descriptor = first_foreign_descriptor; descriptor < most_old; ++descriptor)
    fcntl(descriptor, F_SETFD, FD_CLOEXEC);
}

/// Not by _exit, which sanitizers wrap, too: they would wait for its return in the parent.
[[noreturn]] void end() noexcept {
  while (true) syscall(SYS_exit_group, 127);
}

[[noreturn]] void fail(Plan& plan) noexcept {
  plan.error = errno;
  end();
}

#if defined(__clang__)
__attribute__((no_sanitize("address", "thread", "undefined")))
#else
__attribute__((no_sanitize_address, no_sanitize_thread, no_sanitize_undefined))
#endif
int begin(void* argument) noexcept {
  Plan& plan = *static_cast<Plan*>(argument);
  set_default_handlers();
  setpgid(0, 0);
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (getppid() != plan.parent) end();  // it has died before
  if (!set_limits(plan.limits)) fail(plan);
  if (plan.folder != nullptr && chdir(plan.folder) != 0) fail(plan);
  if (!arrange_streams(plan.streams)) fail(plan);
  close_others_on_exec();
  const std::array<unsigned long, 2> none_blocked{};
  syscall(SYS_rt_sigprocmask, SIG_SETMASK, none_blocked.data(), nullptr, sizeof(unsigned long));
  execve(plan.path, plan.arguments, plan.environment);
  fail(plan);
}

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  pointers.reserve(texts.size() + 1);
  for (const std::string& text : texts) pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

}  // namespace

Spawned spawn(const Command& command, const Streams& streams) {
  const std::vector<char*> arguments = pointers_to(command.arguments);
  const std::vector<char*> environment = pointers_to(command.environment);
  Plan plan{.path = command.executable.c_str(),
            .arguments = arguments.data(),
            .environment = environment.data(),
            .folder = command.folder.empty() ? nullptr : command.folder.c_str(),
            .streams = streams,
            .limits = kernel_limits(command.limits),
            .parent = getpid(),
            .error = 0};
  alignas(16) static thread_local std::array<char, stack_bytes> stack;
  // A handler of ours must not run in the child, on our memory.
  sigset_t all;
  sigset_t before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  int ended = -1;
  const int flags = CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD;
  Spawned spawned;
  if constexpr (core::with_thread_sanitizer) {
    spawned.pid = plain_clone(begin, stack.data() + stack.size(), flags, &plan, &ended);
  } else {
    spawned.pid = clone(begin, stack.data() + stack.size(), flags, &plan, &ended);
  }
  spawned.error = spawned.pid < 0 ? errno : plan.error;
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  spawned.ended.reset(ended);
  if (spawned.error != 0 && spawned.pid > 0) {
    while (waitpid(spawned.pid, nullptr, 0) < 0 && errno == EINTR) {
    }
    spawned.pid = -1;
  }
  return spawned;
}

}  // namespace foundation::process::detail
