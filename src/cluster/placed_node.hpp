#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "core/time.hpp"

namespace foundation::cluster {

/// What a node offered when a session started, as its ranks saw it together, and what the plan
/// made of that.
struct PlacedNode {
  std::string node;
  std::uint32_t ranks = 0;
  std::uint32_t workers = 0;  ///< ranks with slots
  std::uint32_t cores_online = 0;
  std::uint32_t cores = 0;  ///< granted: by affinity, control group, batch system
  bool reserved = false;    ///< these cores are set aside for us
  double load = 0;          ///< runnable tasks, mean of the last minute
  double load_of_others = 0;
  std::uint64_t memory_bytes = 0;       ///< that we may use
  std::uint64_t memory_free_bytes = 0;  ///< of it
  std::vector<std::string> gpus;
  std::uint32_t slots_asked = 0;  ///< by the job file, else those that the granted cores hold
  std::uint32_t slots = 0;        ///< of the plan
  std::string note;               ///< why fewer than asked, or more than there is room; else empty
};

struct Placement {
  std::vector<PlacedNode> nodes;
  core::WallLabel at = 0;
};

// Version 14 of clang-format takes `archive & value` for a reference.
// clang-format off
template <class Archive>
void serialize(Archive& archive, PlacedNode& it, unsigned /*version*/) {
  archive & it.node & it.ranks & it.workers & it.cores_online & it.cores & it.reserved & it.load;
  archive & it.load_of_others & it.memory_bytes & it.memory_free_bytes & it.gpus;
  archive & it.slots_asked & it.slots & it.note;
}
template <class Archive>
void serialize(Archive& archive, Placement& it, unsigned /*version*/) {
  archive & it.nodes & it.at;
}
// clang-format on

}  // namespace foundation::cluster
