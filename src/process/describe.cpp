#include <csignal>
#include <cstring>

#include <fmt/format.h>

#include "core/quantity.hpp"
#include "process/command.hpp"

namespace foundation::process {

std::string_view name_of(Limit limit) noexcept {
  switch (limit) {
    case Limit::none: return "none";
    case Limit::wall: return "wall time";
    case Limit::cpu: return "CPU time";
    case Limit::memory: return "memory";
    case Limit::processes: return "processes";
    case Limit::file: return "file size";
    case Limit::output: return "output";
  }
  return "unknown";
}

std::string name_of_signal(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

std::string describe(const Ending& ending, const Limits& limits) {
  switch (ending.limit) {
    case Limit::none: break;
    case Limit::wall: return "ran longer than " + core::format_duration(limits.wall);
    case Limit::cpu: return "used more CPU time than " + core::format_duration(limits.cpu);
    case Limit::memory: return "used more memory than " + core::format_size(limits.memory_bytes);
    case Limit::processes: return fmt::format("had more than {} processes", limits.processes);
    case Limit::file: return "wrote a file larger than " + core::format_size(limits.file_bytes);
    case Limit::output: return "printed more than " + core::format_size(limits.output_bytes);
  }
  if (ending.start_error != 0)
    return fmt::format("cannot be started: {}", std::strerror(ending.start_error));
  if (ending.signal != 0) return "ended by " + name_of_signal(ending.signal);
  return fmt::format("exit status {}", ending.exit_status);
}

}  // namespace foundation::process
