#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/mutation.hpp"
#include "core/reach.hpp"
#include "journal/epoch_chain.hpp"
#include "journal/journal.hpp"
#include "journal/names.hpp"
#include "journal/watermark.hpp"

namespace foundation::journal {
namespace {

/// One pass over the accepted log; `recovery_.end` is where it has come to.
class LogReader {
 public:
  LogReader(const Disk& disk, const std::function<void(const Record&)>& visit, DamagePolicy policy)
      : disk_{disk}, visit_{visit}, policy_{policy} {}

  Recovery run();

 private:
  /// Part of an epoch: one segment, up to the successor's cut if that is in it.
  struct Part {
    SegmentName name;
    bool last_file = false;  ///< nothing was ever written after it
    std::uint64_t limit = std::numeric_limits<std::uint64_t>::max();
  };
  enum class Outcome { complete, stopped, damaged };

  bool read_epoch(Epoch epoch, std::uint32_t last_segment, const LogEnd* cut);
  bool read_segment(const Part& part);
  Outcome scan_segment(const Part& part, std::span<const std::byte> bytes);
  std::optional<Damage> check_start(const SegmentHeader& header) const;
  void accept(const SegmentScan& scan, const Group& group);
  void check_watermarks(Epoch newest);
  [[nodiscard]] Sequence highest_known(const Inventory& inventory) const;
  void cut_tail(const std::string& file, std::uint64_t bytes, TailState state);
  void report(const std::string& file, const Damage& damage);

  const Disk& disk_;
  const std::function<void(const Record&)>& visit_;
  DamagePolicy policy_;
  std::map<Epoch, Sequence> watermarks_;
  Recovery recovery_;
  Damage damage_;
};

Recovery LogReader::run() {
  watermarks_ = read_watermarks(disk_);  // first: what comes later can only be more
  const Inventory inventory = list_segments(disk_);
  const EpochChain chain = find_epoch_chain(
      disk_, inventory,
      [this](const std::string& file, const Damage& damage) { report(file, damage); });
  if (chain.unopened && recovery_.tail == TailState::clean) {
    FOUNDATION_REACHED(unopened_epoch_skipped);
    cut_tail(chain.unopened->file, chain.unopened->bytes, TailState::torn);
  }
  for (std::size_t i = 0; i < chain.links.size(); ++i) {
    const bool newest = i + 1 == chain.links.size();
    const LogEnd* cut = newest ? nullptr : &chain.links[i + 1].predecessor;
    const Epoch epoch = chain.links[i].epoch;
    if (!read_epoch(epoch, cut ? cut->segment : inventory.at(epoch), cut)) break;
  }
  check_watermarks(chain.links.empty() ? 0 : chain.links.back().epoch);
  if (!recovery_.damage.empty()) recovery_.highest_known = highest_known(inventory);
  return std::move(recovery_);
}

Sequence LogReader::highest_known(const Inventory& inventory) const {
  Sequence highest = recovery_.end.sequence;
  for (const auto& [epoch, sequence] : watermarks_) highest = std::max(highest, sequence);
  for (const auto& [epoch, last_segment] : inventory) {
    for (std::uint32_t segment = 1; segment <= last_segment; ++segment) {
      const auto bytes = disk_.read(segment_file({epoch, segment}));
      if (bytes) highest = std::max(highest, highest_number(*bytes));
    }
  }
  return highest;
}

/// False if the log ends within this epoch although a cut lies further on.
bool LogReader::read_epoch(Epoch epoch, std::uint32_t last_segment, const LogEnd* cut) {
  for (std::uint32_t segment = 1; segment <= last_segment; ++segment) {
    Part part{.name = {epoch, segment}, .last_file = !cut && segment == last_segment};
    if (cut && segment == last_segment && !FOUNDATION_MUTATION(cut_ignored))
      part.limit = cut->length;
    if (!read_segment(part)) return false;
  }
  if (!cut || recovery_.end == *cut) return true;
  report(segment_file({epoch, last_segment}),
         Damage{recovery_.end.length,
                fmt::format("the next epoch continues the log at byte {} of segment {}",
                            cut->length, cut->segment),
                false});
  return false;
}

/// False if the log ends in this segment. Damage is looked at twice, see open_epoch.
bool LogReader::read_segment(const Part& part) {
  const std::string file = segment_file(part.name);
  for (int attempt = 0; attempt < 2; ++attempt) {
    const auto bytes = disk_.read(file);
    if (!bytes) {
      damage_ = Damage{0, "the file is missing", false};
      continue;
    }
    const Outcome outcome = scan_segment(part, *bytes);
    if (outcome != Outcome::damaged) return outcome == Outcome::complete;
  }
  report(file, damage_);
  return false;
}

LogReader::Outcome LogReader::scan_segment(const Part& part, std::span<const std::byte> bytes) {
  FOUNDATION_REACHED_IF(bytes.size() > part.limit, bytes_behind_cut_ignored);
  SegmentScan scan{bytes, part.limit, part.name.epoch, part.name.segment};
  const bool resumed =
      recovery_.end.epoch == part.name.epoch && recovery_.end.segment == part.name.segment;
  std::optional<Group> last;
  if (const auto header = scan.header()) {
    if (!resumed) {
      if (auto fault = check_start(*header)) return damage_ = *fault, Outcome::damaged;
      recovery_.run = header->run;
    }
    while (auto group = scan.next_group()) {
      if (resumed && group->end <= recovery_.end.length) continue;
      accept(scan, *group);
      last = group;
    }
  }
  if (last) {
    recovery_.unconfirmed.clear();
    scan.visit(*last, [this](const Record& record) {
      recovery_.unconfirmed.push_back(
          {record.type, {record.payload.begin(), record.payload.end()}});
    });
  }
  if (!scan.damage()) return Outcome::complete;
  if (part.last_file && scan.damage()->may_be_torn && !scan.later_group_follows() &&
      !FOUNDATION_MUTATION(torn_tail_refused)) {
    FOUNDATION_REACHED(torn_tail_cut);
    const std::uint64_t whole = scan.end().length > segment_header_bytes ? scan.end().length : 0;
    cut_tail(segment_file(part.name), bytes.size() - whole, TailState::torn);
    return Outcome::stopped;
  }
  damage_ = *scan.damage();
  return Outcome::damaged;
}

/// Does the segment continue the log where it has come to?
std::optional<Damage> LogReader::check_start(const SegmentHeader& header) const {
  const bool first = recovery_.end.epoch == 0;
  if (!first && header.run != recovery_.run) {
    return Damage{0, "it belongs to another run: " + header.run.hex(), false};
  }
  if (header.first_sequence != recovery_.end.sequence + 1 || header.chain != recovery_.end.chain) {
    return Damage{0,
                  fmt::format("it continues after record {}, the log before it ends at record {}",
                              header.first_sequence - 1, recovery_.end.sequence),
                  false};
  }
  return std::nullopt;
}

void LogReader::accept(const SegmentScan& scan, const Group& group) {
  recovery_.confirmed = std::exchange(recovery_.end, scan.end());
  recovery_.records += group.records;
  if (visit_) scan.visit(group, visit_);
}

/// Epochs below the newest one may have acknowledged more than their successor kept only by a
/// salvage, so their watermarks no longer count.
void LogReader::check_watermarks(Epoch newest) {
  Sequence acknowledged = 0;
  for (auto at = watermarks_.lower_bound(newest); at != watermarks_.end(); ++at) {
    acknowledged = std::max(acknowledged, at->second);
  }
  if (acknowledged <= recovery_.end.sequence || !recovery_.damage.empty()) return;
  const std::string file = recovery_.end.epoch == 0
                               ? segment_file({1, 1})
                               : segment_file({recovery_.end.epoch, recovery_.end.segment});
  report(file, Damage{recovery_.end.length,
                      fmt::format("the log ends here, but records up to {} were acknowledged",
                                  acknowledged),
                      false});
}

void LogReader::cut_tail(const std::string& file, std::uint64_t bytes, TailState state) {
  if (state == TailState::torn && !recovery_.damage.empty()) return;  // what was salvaged is cut
  recovery_.tail = state;
  recovery_.torn_file = file;
  recovery_.torn_bytes = bytes;
}

void LogReader::report(const std::string& file, const Damage& damage) {
  if (policy_ == DamagePolicy::salvage) {
    recovery_.damage.push_back({file, damage.offset, damage.reason});
    cut_tail(file, 0, TailState::salvaged);
    return;
  }
  throw core::Error{
      core::ErrorKind::corrupt_data, core::Place{file, 0, 0, {}},
      fmt::format("the journal is damaged at byte {}: {}; acknowledged results may be lost",
                  damage.offset, damage.reason),
      "restore the file from a copy, or see with `foundation recover RUN` what is lost; with "
      "--salvage it keeps what is whole before the damage, and the rest is evaluated again"};
}

}  // namespace

Recovery read_log(const Disk& disk, const std::function<void(const Record&)>& visit,
                  DamagePolicy policy) {
  return LogReader{disk, visit, policy}.run();
}

}  // namespace foundation::journal
