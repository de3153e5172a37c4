#include "cluster/node_resources.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <fstream>
#include <string_view>
#include <sched.h>
#include <unistd.h>

#include "cluster/gpus.hpp"

namespace foundation::cluster {
namespace {

/// The affinity mask as large as the kernel's, on machines of any size; empty if unreadable.
std::vector<std::uint32_t> read_affinity() {
  std::vector<std::uint32_t> cores;
  for (int capacity = 1024; capacity <= (1 << 20); capacity *= 2) {
    cpu_set_t* mask = CPU_ALLOC(static_cast<std::size_t>(capacity));
    if (mask == nullptr) break;
    const std::size_t size = CPU_ALLOC_SIZE(capacity);
    const bool known = sched_getaffinity(0, size, mask) == 0;
    const bool too_small = !known && errno == EINVAL;
    for (int core = 0; known && core < capacity; ++core)
      if (CPU_ISSET_S(static_cast<std::size_t>(core), size, mask))
        cores.push_back(static_cast<std::uint32_t>(core));
    CPU_FREE(mask);
    if (!too_small) break;
  }
  return cores;
}

/// "procs_running 3" of /proc/stat.
std::uint32_t read_running() {
  std::ifstream stream{"/proc/stat"};
  std::string name;
  for (std::uint32_t count = 0; stream >> name;) {
    if (name == "procs_running" && stream >> count) return count;
    std::getline(stream, name);
  }
  return 0;
}

std::optional<std::uint32_t> whole_variable(const char* name) {
  const char* text = std::getenv(name);
  if (text == nullptr) return std::nullopt;
  const std::string_view view{text};
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(view.data(), view.data() + view.size(), number);
  if (error != std::errc{} || number == 0) return std::nullopt;
  return number;
}

/// Lines of /proc/meminfo: "MemTotal:       16384 kB".
void read_memory(NodeResources& node) {
  std::ifstream stream{"/proc/meminfo"};
  std::string name;
  std::uint64_t kibibytes = 0;
  std::string unit;
  while (stream >> name >> kibibytes) {
    std::getline(stream, unit);
    if (name == "MemTotal:") node.memory_bytes = kibibytes * 1024;
    if (name == "MemAvailable:") node.memory_available_bytes = kibibytes * 1024;
  }
}

std::string host_name() {
  std::array<char, 256> name{};
  return gethostname(name.data(), name.size() - 1) == 0 ? name.data() : "localhost";
}

}  // namespace

NodeResources sample_node() {
  NodeResources node;
  node.host = host_name();
  node.cores_online = static_cast<std::uint32_t>(std::max(1L, sysconf(_SC_NPROCESSORS_ONLN)));
  node.affinity = read_affinity();
  node.cores_affinity =
      node.affinity.empty() ? node.cores_online : static_cast<std::uint32_t>(node.affinity.size());
  node.cgroup = read_cgroup_limits();
  node.slurm_cpus_per_task = whole_variable("SLURM_CPUS_PER_TASK");
  node.slurm_cpus_on_node = whole_variable("SLURM_CPUS_ON_NODE");
  read_memory(node);
  std::array<double, 1> load{};
  if (getloadavg(load.data(), 1) == 1) node.load = load[0];
  node.running = read_running();
  node.gpus = visible_gpus([](const char* name) { return std::getenv(name); });
  return node;
}

std::uint32_t granted_cores(const NodeResources& node) noexcept {
  std::uint32_t cores = node.cores_affinity;
  if (node.cgroup.cores && *node.cgroup.cores < static_cast<double>(cores)) {
    cores = static_cast<std::uint32_t>(*node.cgroup.cores);
  }
  return std::max<std::uint32_t>(cores, 1);
}

std::uint64_t granted_memory_bytes(const NodeResources& node) noexcept {
  return std::min(node.memory_bytes, node.cgroup.memory_bytes.value_or(node.memory_bytes));
}

std::uint64_t free_memory_bytes(const NodeResources& node) noexcept {
  const std::uint64_t available = std::min(granted_memory_bytes(node), node.memory_available_bytes);
  return std::min(available, node.cgroup.memory_left_bytes.value_or(available));
}

bool is_reserved(const NodeResources& node) noexcept {
  return node.cores_affinity < node.cores_online || node.slurm_cpus_on_node.has_value() ||
         node.slurm_cpus_per_task.has_value();
}

double load_of_others(const NodeResources& node, std::uint32_t own) noexcept {
  const double now = node.running > own ? node.running - own : 0;
  return std::min(node.load, now);
}

}  // namespace foundation::cluster
