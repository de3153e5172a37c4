#include "core/process_end.hpp"

#include <atomic>
#include <cstdio>
#include <unistd.h>

// Present in builds with sanitizers or for coverage only.
extern "C" {
[[gnu::weak]] int __lsan_do_recoverable_leak_check();
#ifdef FOUNDATION_COVERAGE
void __gcov_dump();
#endif
}

namespace foundation::core {
namespace {

std::atomic<bool> forbidden{false};
constexpr int leaks_found = 23;  // as the leak checker itself ends

}  // namespace

void end_process_now(int exit_status) noexcept {
  std::fflush(stdout);
  std::fflush(stderr);
#ifdef FOUNDATION_COVERAGE
  __gcov_dump();
#endif
  if (__lsan_do_recoverable_leak_check != nullptr && __lsan_do_recoverable_leak_check() != 0)
    exit_status = leaks_found;
  _exit(exit_status);
}

void forbid_exit_handlers() noexcept { forbidden = true; }

int end_process(int exit_status) noexcept {
  if (forbidden) end_process_now(exit_status);
  return exit_status;
}

}  // namespace foundation::core
