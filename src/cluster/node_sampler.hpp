#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "cluster/node_sample.hpp"
#include "core/time.hpp"

namespace foundation::cluster {

/// Processor time of a node since it was started, in ticks.
struct CpuTicks {
  std::uint64_t busy = 0;
  std::uint64_t all = 0;
};
/// The first line of /proc/stat. Time that other virtual machines took counts as busy, time
/// waiting for disks as idle.
[[nodiscard]] std::optional<CpuTicks> parse_cpu_ticks(std::string_view text);
/// "some avg10=1.25 avg60=..." of /proc/pressure/cpu -> 1.25.
[[nodiscard]] std::optional<double> parse_pressure(std::string_view text);

/// Takes samples of this node, one after the other: a share of processor time is the difference
/// of two, so the first sample has none. Reads a few files below `root` (tests give another one),
/// about 100 microseconds. Local, one thread; never fails: what cannot be read is absent.
class NodeSampler {
 public:
  /// `cores` are those granted to the job on this node, over all its ranks.
  NodeSampler(std::string node, std::uint32_t rank, std::uint32_t cores,
              std::filesystem::path root = "/");
  [[nodiscard]] NodeSample take(core::WallLabel now);

 private:
  std::string node_;
  std::uint32_t rank_;
  std::uint32_t cores_;
  std::filesystem::path root_;
  std::optional<CpuTicks> before_;
};

}  // namespace foundation::cluster
