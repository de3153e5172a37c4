#include "cluster/node_sampler.hpp"

#include <algorithm>
#include <charconv>
#include <sstream>
#include <utility>

#include "cluster/cgroup.hpp"
#include "cluster/detail/read_text.hpp"

namespace foundation::cluster {
namespace {

namespace fs = std::filesystem;
using detail::read_text;

/// "MemAvailable:    1234 kB" -> bytes.
std::optional<std::uint64_t> parse_meminfo(std::string_view text, std::string_view name) {
  const auto at = text.find(name);
  if (at == std::string_view::npos) return std::nullopt;
  const auto digits = text.find_first_of("0123456789", at + name.size());
  if (digits == std::string_view::npos) return std::nullopt;
  std::uint64_t kibibytes = 0;
  const auto [end, error] =
      std::from_chars(text.data() + digits, text.data() + text.size(), kibibytes);
  return error == std::errc{} ? std::optional{kibibytes * 1024} : std::nullopt;
}

std::optional<double> parse_load(std::string_view text) {
  double load = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), load);
  return error == std::errc{} ? std::optional{load} : std::nullopt;
}

}  // namespace

std::optional<CpuTicks> parse_cpu_ticks(std::string_view text) {
  std::istringstream stream{std::string{text.substr(0, text.find('\n'))}};
  std::string name;
  if (!(stream >> name) || name != "cpu") return std::nullopt;
  // user nice system idle iowait irq softirq steal; guest time is part of user already.
  constexpr int idle = 3;
  constexpr int waiting = 4;
  constexpr int columns = 8;
  CpuTicks ticks;
  std::uint64_t value = 0;
  int column = 0;
  for (; column < columns && stream >> value; ++column) {
    ticks.all += value;
    if (column != idle && column != waiting) ticks.busy += value;
  }
  return column > waiting ? std::optional{ticks} : std::nullopt;
}

std::optional<double> parse_pressure(std::string_view text) {
  constexpr std::string_view start = "some avg10=";
  if (!text.starts_with(start)) return std::nullopt;
  return parse_load(text.substr(start.size()));
}

NodeSampler::NodeSampler(std::string node, std::uint32_t rank, std::uint32_t cores, fs::path root)
    : node_{std::move(node)}, rank_{rank}, cores_{cores}, root_{std::move(root)} {}

NodeSample NodeSampler::take(core::WallLabel now) {
  NodeSample sample;
  sample.node = node_;
  sample.rank = rank_;
  sample.at = now;
  sample.cores = cores_;
  sample.load = parse_load(read_text(root_ / "proc/loadavg"));
  const auto ticks = parse_cpu_ticks(read_text(root_ / "proc/stat"));
  if (before_ && ticks && ticks->all > before_->all && ticks->busy >= before_->busy)
    sample.cpu_percent = 100.0 * static_cast<double>(ticks->busy - before_->busy) /
                         static_cast<double>(ticks->all - before_->all);
  before_ = ticks;
  const std::string memory = read_text(root_ / "proc/meminfo");
  const CgroupLimits limits = read_cgroup_limits(root_);
  const auto total = parse_meminfo(memory, "MemTotal:");
  if (total) sample.memory_bytes = std::min(*total, limits.memory_bytes.value_or(*total));
  sample.memory_available_bytes = parse_meminfo(memory, "MemAvailable:");
  if (const auto left = limits.memory_left_bytes)
    sample.memory_available_bytes = std::min(sample.memory_available_bytes.value_or(*left), *left);
  sample.pressure.cpu = parse_pressure(read_text(root_ / "proc/pressure/cpu"));
  sample.pressure.memory = parse_pressure(read_text(root_ / "proc/pressure/memory"));
  sample.pressure.io = parse_pressure(read_text(root_ / "proc/pressure/io"));
  return sample;
}

}  // namespace foundation::cluster
