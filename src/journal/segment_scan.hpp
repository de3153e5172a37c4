#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

#include "journal/format.hpp"

namespace foundation::journal {

/// Bytes that cannot be part of the log, and why.
struct Damage {
  std::uint64_t offset = 0;
  std::string reason;
  bool may_be_torn = true;  ///< an interrupted write explains it, if nothing valid follows
};

/// A group of records that its COMMIT record closes.
struct Group {
  std::uint64_t first_record = 0;  ///< offset of its first user record (or of the COMMIT)
  std::uint64_t end = 0;
  std::uint32_t records = 0;     ///< user records
  std::optional<LogEnd> open{};  ///< content of its OPEN record
};

/// Highest number that a header or a COMMIT record in these bytes of a segment names, whatever is
/// damaged around it; 0 if there is none.
[[nodiscard]] Sequence highest_number(std::span<const std::byte> bytes);

/// Walks over one segment group by group, checking everything. Views the bytes it is given.
class SegmentScan {
 public:
  /// `limit`: bytes of the file that belong to the log, at most bytes.size().
  SegmentScan(std::span<const std::byte> bytes, std::uint64_t limit, Epoch epoch,
              std::uint32_t segment);

  /// Nothing if it is damaged, see damage(). Throws core::Error{bad_input} for a segment of
  /// another format version: not even salvage may drop that.
  [[nodiscard]] std::optional<SegmentHeader> header();
  /// The next group; nothing at the end (no damage) or at damage. Needs a good header.
  [[nodiscard]] std::optional<Group> next_group();
  [[nodiscard]] const std::optional<Damage>& damage() const noexcept { return damage_; }

  /// Where the last good group ended, as a successor would chain to it.
  [[nodiscard]] const LogEnd& end() const noexcept { return end_; }
  /// Calls visit for each user record of a group just returned.
  template <class Visit>
  void visit(const Group& group, const Visit& visit) const;

  /// Is there a COMMIT behind the damage whose group began later than the damaged one? A group
  /// is written only after the one before it was synced, so that one was once complete.
  [[nodiscard]] bool later_group_follows() const;

 private:
  struct Walk {
    Group group{};
    std::uint64_t offset = 0;
    Sequence sequence = 0;
    std::uint32_t chain = 0;
  };
  bool step(Walk& walk);
  bool close_group(Walk& walk, const RecordView& record);
  bool fail(std::uint64_t offset, std::string reason);

  std::span<const std::byte> bytes_;
  std::uint64_t limit_;
  LogEnd end_;
  std::optional<Damage> damage_;
};

template <class Visit>
void SegmentScan::visit(const Group& group, const Visit& visit) const {
  std::uint64_t offset = group.first_record;
  for (std::uint32_t i = 0; i < group.records; ++i) {
    const RecordView record = view_record(bytes_.subspan(offset));
    visit(Record{record.sequence, record.type, end_.epoch, record.payload});
    offset += record.size;
  }
}

}  // namespace foundation::journal
