#include "cluster/cgroup.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <string>

#include "cluster/detail/read_text.hpp"

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;
using detail::read_text;

/// The first number of `text`; nothing for "max", -1 and garbage.
std::optional<std::uint64_t> parse_limit(std::string_view text) {
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  // Version 1 says "unlimited" as the largest multiple of a page.
  constexpr std::uint64_t unlimited = std::uint64_t{1} << 62;
  if (error != std::errc{} || number >= unlimited) return std::nullopt;
  return number;
}

template <class T>
void tighten(std::optional<T>& limit, const std::optional<T>& other) {
  if (other) limit = limit ? std::min(*limit, *other) : *other;
}

/// Cores by the files of version 1; a quota of -1 means none.
std::optional<double> read_quota(const fs::path& folder) {
  const auto quota = parse_limit(read_text(folder / "cpu.cfs_quota_us"));
  const auto period = parse_limit(read_text(folder / "cpu.cfs_period_us"));
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// File cache of memory.stat that the kernel drops first.
std::uint64_t droppable_cache(const fs::path& folder, std::string_view name) {
  std::istringstream stream{read_text(folder / "memory.stat")};
  std::string word;
  std::uint64_t bytes = 0;
  while (stream >> word >> bytes)
    if (word == name) return bytes;
  return 0;
}

/// One limit of memory and what is left below it, by the names of one version's files.
void tighten_memory(CgroupLimits& limits, const fs::path& folder, const char* limit_file,
                    const char* usage_file, std::string_view cache) {
  const auto limit = parse_limit(read_text(folder / limit_file));
  tighten(limits.memory_bytes, limit);
  const auto usage = parse_limit(read_text(folder / usage_file));
  if (!limit || !usage) return;
  const std::uint64_t used = *usage - std::min(*usage, droppable_cache(folder, cache));
  tighten(limits.memory_left_bytes, std::optional{*limit - std::min(*limit, used)});
}

/// All limits of one folder of a hierarchy, whatever its version: absent files say nothing.
void tighten_by_folder(CgroupLimits& limits, const fs::path& folder) {
  tighten(limits.cores, parse_cpu_max(read_text(folder / "cpu.max")));
  tighten(limits.cores, read_quota(folder));
  tighten_memory(limits, folder, "memory.max", "memory.current", "inactive_file");
  tighten_memory(limits, folder, "memory.limit_in_bytes", "memory.usage_in_bytes",
                 "total_inactive_file");
}

/// From `group` below `top` up to `top` itself. Inside a container the group's path may lie
/// outside of what is mounted: then only folders that exist count.
void tighten_by_group(CgroupLimits& limits, const fs::path& top, const fs::path& group) {
  fs::path folder = top;
  tighten_by_folder(limits, folder);
  for (const fs::path& part : group.relative_path()) {
    folder /= part;
    tighten_by_folder(limits, folder);
  }
}

bool names_controller(std::string_view list, std::string_view wanted) {
  while (!list.empty()) {
    const auto comma = std::min(list.find(','), list.size());
    if (list.substr(0, comma) == wanted) return true;
    list.remove_prefix(std::min(comma + 1, list.size()));
  }
  return false;
}

}  // namespace

std::optional<double> parse_cpu_max(std::string_view text) {
  const auto blank = text.find(' ');
  if (blank == std::string_view::npos) return std::nullopt;
  const auto quota = parse_limit(text.substr(0, blank));
  const auto period = parse_limit(text.substr(blank + 1));
  if (!quota || !period || *period == 0) return std::nullopt;
  return static_cast<double>(*quota) / static_cast<double>(*period);
}

// Lines of proc/self/cgroup: "0::/group" (version 2) or "4:cpu,cpuacct:/group" (version 1).
CgroupLimits read_cgroup_limits(const fs::path& root) {
  CgroupLimits limits;
  const fs::path mount = root / "sys/fs/cgroup";
  std::istringstream groups{read_text(root / "proc/self/cgroup")};
  for (std::string line; std::getline(groups, line);) {
    const auto first = line.find(':');
    const auto second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const fs::path group = line.substr(second + 1);
    if (controllers.empty()) tighten_by_group(limits, mount, group);
    for (const std::string_view controller : {"cpu", "memory"}) {
      if (names_controller(controllers, controller)) {
        tighten_by_group(limits, mount / controller, group);
      }
    }
  }
  return limits;
}

}  // namespace foundation::cluster
