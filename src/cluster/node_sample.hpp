#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>

#include "core/time.hpp"

namespace foundation::cluster {

/// Time that tasks lost while waiting for a resource (Linux PSI), per cent of the last 10 s.
struct Pressure {
  std::optional<double> cpu;
  std::optional<double> memory;
  std::optional<double> io;
  bool operator==(const Pressure&) const = default;
};

/// How a node was at one moment. What could not be measured is absent, never 0.
struct NodeSample {
  std::string node;
  std::uint32_t rank = 0;  ///< that took it
  core::WallLabel at = 0;
  std::uint32_t cores = 0;            ///< granted to this job's processes on the node
  std::optional<double> load;         ///< runnable tasks, mean of the last minute
  std::optional<double> cpu_percent;  ///< busy share of all the node's processors since the last
  std::optional<std::uint64_t> memory_bytes;            ///< that the job may use
  std::optional<std::uint64_t> memory_available_bytes;  ///< of it, without swapping
  Pressure pressure;
  bool operator==(const NodeSample&) const = default;
};

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
/// An optional value as a mark and, if it is there, the value.
template <class Archive, class T>
void serialize_optional(Archive& archive, std::optional<T>& value) {
  bool present = value.has_value();
  archive & present;
  if (!present) return value.reset();
  T content = value.value_or(T{});
  archive & content;
  value = content;
}

template <class Archive>
void serialize(Archive& archive, NodeSample& it, unsigned /*version*/) {
  archive & it.node & it.rank & it.at & it.cores;
  for (std::optional<double>* number : {&it.load, &it.cpu_percent, &it.pressure.cpu,
                                        &it.pressure.memory, &it.pressure.io})
    serialize_optional(archive, *number);
  serialize_optional(archive, it.memory_bytes);
  serialize_optional(archive, it.memory_available_bytes);
}
// clang-format on

}  // namespace foundation::cluster
