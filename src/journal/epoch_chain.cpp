#include "journal/epoch_chain.hpp"

#include <algorithm>

#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "journal/names.hpp"

namespace foundation::journal {
namespace {

/// First group of an epoch: opened, or never finished, or damaged.
struct Opening {
  std::optional<LogEnd> predecessor{};
  std::optional<Damage> damage{};
  std::uint64_t bytes = 0;
};

Opening inspect_opening(const Disk& disk, const std::string& file, SegmentName name,
                        std::uint32_t last_segment) {
  const auto bytes = disk.read(file);
  if (!bytes) return {.damage = Damage{0, "the file is missing", false}};
  Opening opening{.bytes = bytes->size()};
  SegmentScan scan{*bytes, bytes->size(), name.epoch, name.segment};
  if (scan.header()) {
    const auto group = scan.next_group();
    if (group && group->open && group->open->epoch < name.epoch) {
      opening.predecessor = group->open;
      return opening;
    }
  }
  opening.damage = scan.damage().value_or(
      Damage{segment_header_bytes, "the epoch does not begin with a valid OPEN record", false});
  if (last_segment > 1 || (scan.damage() && scan.later_group_follows())) {
    opening.damage->may_be_torn = false;
  }
  return opening;
}

/// Twice, because a file that another machine is writing may be seen with holes: each read
/// opens it afresh, and holes fill up.
Opening open_epoch(const Disk& disk, SegmentName name, std::uint32_t last_segment) {
  const std::string file = segment_file(name);
  const Opening opening = inspect_opening(disk, file, name, last_segment);
  if (!opening.damage || opening.damage->may_be_torn) return opening;
  return inspect_opening(disk, file, name, last_segment);
}

}  // namespace

Inventory list_segments(const Disk& disk) {
  Inventory inventory;
  for (const std::string& leaf : disk.list("journal")) {
    const auto name = parse_segment_name(leaf);
    if (!name) continue;
    std::uint32_t& last = inventory[name->epoch];
    last = std::max(last, name->segment);
  }
  return inventory;
}

EpochChain find_epoch_chain(const Disk& disk, const Inventory& inventory,
                            const DamageHandler& damaged) {
  EpochChain chain;
  std::vector<EpochLink>& links = chain.links;  // newest first until the end
  const auto drop_unless_next = [&](Epoch next) {
    if (links.empty() || links.back().predecessor.epoch <= next) return;
    const Epoch missing = links.back().predecessor.epoch;
    damaged(segment_file({missing, 1}), Damage{0, "the file is missing", false});
    links.clear();
  };
  for (auto at = inventory.rbegin(); at != inventory.rend(); ++at) {
    const auto [epoch, last_segment] = *at;
    drop_unless_next(epoch);
    if (!links.empty() && links.back().predecessor.epoch != epoch) {
      FOUNDATION_REACHED(unnamed_epoch_skipped);
      continue;
    }
    const SegmentName name{epoch, 1};
    const Opening opening = open_epoch(disk, name, last_segment);
    if (opening.predecessor) {
      links.push_back({epoch, *opening.predecessor});
    } else if (links.empty() && opening.damage->may_be_torn &&
               !FOUNDATION_MUTATION(torn_opening_refused)) {
      if (!chain.unopened) chain.unopened = UnopenedEpoch{segment_file(name), opening.bytes};
    } else {
      damaged(segment_file(name), *opening.damage);
      links.clear();
    }
  }
  drop_unless_next(0);
  std::reverse(links.begin(), links.end());
  return chain;
}

}  // namespace foundation::journal
