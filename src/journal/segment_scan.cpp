#include "journal/segment_scan.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "journal/names.hpp"

namespace foundation::journal {

Sequence highest_number(std::span<const std::byte> bytes) {
  const auto header = parse_segment_header(bytes);
  Sequence highest = header ? header->first_sequence - 1 : 0;
  for (std::uint64_t offset = segment_header_bytes; offset + commit_record_bytes <= bytes.size();
       offset += record_alignment) {
    const auto record = bytes.subspan(offset);
    const auto commit = find_commit(record);
    if (commit && commit->offset == offset)
      highest = std::max(highest, view_record(record).sequence);
  }
  return highest;
}

SegmentScan::SegmentScan(std::span<const std::byte> bytes, std::uint64_t limit, Epoch epoch,
                         std::uint32_t segment)
    : bytes_{bytes},
      limit_{std::min<std::uint64_t>(limit, bytes.size())},
      end_{.epoch = epoch, .segment = segment} {}

std::optional<SegmentHeader> SegmentScan::header() {
  const auto header = parse_segment_header(bytes_.first(limit_));
  if (!header) {
    fail(0, "the segment header is incomplete or damaged");
    return std::nullopt;
  }
  if (header->version != format_version) {
    throw core::Error{core::ErrorKind::bad_input,
                      core::Place{segment_file({end_.epoch, end_.segment}), 0, 0, {}},
                      fmt::format("the journal has format version {}, this program reads {}",
                                  header->version, format_version),
                      "continue the run with the version of foundation that started it"};
  }
  if (header->epoch != end_.epoch || header->segment != end_.segment) {
    damage_ = Damage{0, "its header belongs to another segment", false};
    return std::nullopt;
  }
  end_.length = segment_header_bytes;
  end_.sequence = header->first_sequence - 1;
  end_.chain = segment_chain(bytes_);
  return header;
}

std::optional<Group> SegmentScan::next_group() {
  EXPECTS(end_.length != 0);
  if (damage_ || (end_.length == limit_ && limit_ > segment_header_bytes)) return std::nullopt;
  Walk walk{.offset = end_.length, .sequence = end_.sequence, .chain = end_.chain};
  walk.group.first_record = walk.offset;
  while (walk.group.end == 0) {
    if (!step(walk)) return std::nullopt;
  }
  end_.length = walk.offset;
  end_.sequence = walk.sequence;
  end_.chain = walk.chain;
  return walk.group;
}

/// One record further; false at damage.
bool SegmentScan::step(Walk& walk) {
  const std::uint64_t offset = walk.offset;
  const auto [record, fault] = parse_record(bytes_.subspan(offset, limit_ - offset), walk.chain);
  if (fault != nullptr) return fail(offset, fault);
  const bool counts = record.type >= first_user_type;
  if (record.sequence != walk.sequence + (counts ? 1 : 0)) {
    return fail(offset, "a record has the wrong number");
  }
  walk.offset += record.size;
  walk.chain = record.chain;
  if (counts) {
    ++walk.sequence;
    ++walk.group.records;
    return true;
  }
  if (record.type == commit_type) return close_group(walk, record);
  walk.group.open = parse_open(record);
  walk.group.first_record = walk.offset;
  const bool in_place = offset == segment_header_bytes && end_.segment == 1;
  return (in_place && walk.group.open) || fail(offset, "a record has an unknown type");
}

bool SegmentScan::close_group(Walk& walk, const RecordView& record) {
  const std::uint64_t offset = walk.offset - record.size;
  const auto commit = parse_commit(record);
  const std::uint64_t begin = end_.length == segment_header_bytes ? 0 : end_.length;
  if (!commit || commit->records != walk.group.records || commit->epoch != end_.epoch ||
      commit->group_begin != begin || commit->offset != offset) {
    return fail(offset, "a COMMIT record does not fit its group");
  }
  walk.group.end = walk.offset;
  return true;
}

bool SegmentScan::fail(std::uint64_t offset, std::string reason) {
  damage_ = Damage{offset, std::move(reason)};
  return false;
}

bool SegmentScan::later_group_follows() const {
  EXPECTS(damage_);
  const std::uint64_t group_begin = end_.length <= segment_header_bytes ? 0 : end_.length;
  std::uint64_t offset = std::max<std::uint64_t>(damage_->offset, segment_header_bytes);
  for (; offset + commit_record_bytes <= bytes_.size(); offset += record_alignment) {
    const auto commit = find_commit(bytes_.subspan(offset));
    if (commit && commit->epoch == end_.epoch && commit->offset == offset &&
        commit->group_begin > group_begin) {
      return true;
    }
  }
  return false;
}

}  // namespace foundation::journal
