#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string_view>

/// Limits that control groups (version 2, and version 1 where it is still in use) set on this
/// process. Local; reads files only.
namespace foundation::cluster {

struct CgroupLimits {
  std::optional<double> cores;                ///< processor time a second; none: unlimited
  std::optional<std::uint64_t> memory_bytes;  ///< none: unlimited
  /// Memory still free below the limits, file caches that can be dropped counted as free; none:
  /// unlimited or unknown.
  std::optional<std::uint64_t> memory_left_bytes;
};

/// The tightest limits from the group of this process up to the root. `root` stands for the file
/// system's root (tests give another one): it holds proc/self/cgroup and sys/fs/cgroup. Files
/// that are missing or unreadable limit nothing.
[[nodiscard]] CgroupLimits read_cgroup_limits(const std::filesystem::path& root = "/");

/// "max 100000" -> none, "150000 100000" -> 1.5 (the text of cpu.max).
[[nodiscard]] std::optional<double> parse_cpu_max(std::string_view text);

}  // namespace foundation::cluster
