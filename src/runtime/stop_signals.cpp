#include "runtime/stop_signals.hpp"

#include <atomic>
#include <cstdint>
#include <signal.h>
#include <time.h>
#include <unistd.h>

namespace foundation::runtime {
namespace {

constexpr std::int64_t same_signal_ns = 300'000'000;
constexpr int resumable_status = 3;

std::atomic<int> caught{0};
std::atomic<std::int64_t> caught_at{0};
static_assert(std::atomic<std::int64_t>::is_always_lock_free);

std::int64_t now_ns() {
  timespec now{};
  clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

extern "C" void on_stop_signal(int signal) {
  const std::int64_t now = now_ns();
  int none = 0;
  if (caught.compare_exchange_strong(none, signal)) {
    caught_at = now;
  } else if (signal == SIGINT && now - caught_at > same_signal_ns) {
    _exit(resumable_status);
  }
}

void install(void (*handler)(int)) {
  struct sigaction action {};
  action.sa_handler = handler;
  action.sa_flags = SA_RESTART;
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaction(signal, &action, nullptr);
}

}  // namespace

void catch_stop_signals() { install(on_stop_signal); }

void ignore_stop_signals() { install(SIG_IGN); }

std::optional<std::string_view> stop_requested() noexcept {
  switch (caught.load()) {
    case 0: return std::nullopt;
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    default: return "SIGUSR1";
  }
}

}  // namespace foundation::runtime
