#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "journal/journal.hpp"
#include "journal/segment_scan.hpp"

namespace foundation::journal {

/// Highest segment number on disk of each epoch that has a segment file.
using Inventory = std::map<Epoch, std::uint32_t>;
[[nodiscard]] Inventory list_segments(const Disk& disk);

/// An epoch of the accepted log and where its OPEN record cuts the one before it.
struct EpochLink {
  Epoch epoch = 0;
  LogEnd predecessor;
};

/// An epoch that died before its first group was complete: not part of the log.
struct UnopenedEpoch {
  std::string file;
  std::uint64_t bytes = 0;
};

struct EpochChain {
  std::vector<EpochLink> links;           ///< oldest first
  std::optional<UnopenedEpoch> unopened;  ///< the newest one above the last link
};

/// Told about damage; returns if the caller of read_log wants to salvage, throws otherwise.
using DamageHandler = std::function<void(const std::string& file, const Damage& damage)>;

/// The reader rule: the newest epoch with a complete first group is accepted, then the one its
/// OPEN record names, and so on down to the first. When a link is damaged (and the handler
/// returns), everything from it upwards is dropped.
[[nodiscard]] EpochChain find_epoch_chain(const Disk& disk, const Inventory& inventory,
                                          const DamageHandler& damaged);

}  // namespace foundation::journal
