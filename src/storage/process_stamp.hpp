#pragma once

#include <cstdint>
#include <string>

namespace foundation::storage {

/// A process that can be told from a later one with the same number.
struct ProcessStamp {
  std::string boot_id;  ///< /proc/sys/kernel/random/boot_id of its machine
  std::int64_t pid = 0;
  std::int64_t start_ticks = 0;  ///< start in clock ticks since boot (proc(5), stat, field 22)
};

[[nodiscard]] std::string this_boot_id();
[[nodiscard]] std::string this_host();
[[nodiscard]] ProcessStamp this_process();
/// Start of a process of this machine in clock ticks since boot; 0 if there is none or it has
/// ended.
[[nodiscard]] std::int64_t start_ticks_of(std::int64_t pid);

enum class Liveness : std::uint8_t { alive, dead, unknown };
/// `unknown` for a process of another machine (or of another boot of an unnamed one).
[[nodiscard]] Liveness liveness_of(const ProcessStamp& process);

}  // namespace foundation::storage
