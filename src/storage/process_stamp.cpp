#include "storage/process_stamp.hpp"

#include <array>
#include <charconv>
#include <fstream>
#include <sstream>
#include <unistd.h>

#include <fmt/format.h>

namespace foundation::storage {

std::string this_boot_id() {
  std::string id;
  std::getline(std::ifstream{"/proc/sys/kernel/random/boot_id"}, id);
  return id;
}

std::int64_t start_ticks_of(std::int64_t pid) {
  std::string stat;
  std::getline(std::ifstream{fmt::format("/proc/{}/stat", pid)}, stat);
  const auto name_end = stat.rfind(')');  // the name may itself hold blanks and brackets
  if (name_end == std::string::npos) return 0;
  std::istringstream fields{stat.substr(name_end + 1)};
  std::string field;
  fields >> field;
  if (field == "Z" || field == "X") return 0;  // ended, but nobody has asked for its status yet
  constexpr int start_field = 22 - 3;          // pid, name and state are gone
  for (int i = 0; i < start_field; ++i) fields >> field;
  std::int64_t ticks = 0;
  std::from_chars(field.data(), field.data() + field.size(), ticks);
  return ticks;
}

std::string this_host() {
  std::array<char, 256> name{};
  return ::gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "";
}

ProcessStamp this_process() {
  const std::int64_t pid = ::getpid();
  return {.boot_id = this_boot_id(), .pid = pid, .start_ticks = start_ticks_of(pid)};
}

Liveness liveness_of(const ProcessStamp& process) {
  if (process.boot_id.empty() || process.boot_id != this_boot_id()) return Liveness::unknown;
  const std::int64_t ticks = start_ticks_of(process.pid);
  return ticks != 0 && ticks == process.start_ticks ? Liveness::alive : Liveness::dead;
}

}  // namespace foundation::storage
