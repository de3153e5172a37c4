#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/hash.hpp"
#include "journal/journal.hpp"

/// Bytes of a segment file: one header, then records; README.md has the table. Little-endian.
/// Encoders append to a buffer and return the new chain value, decoders check every bound
/// before they touch a byte and allocate nothing.
namespace foundation::journal {

inline constexpr std::size_t segment_header_bytes = 64;
inline constexpr std::size_t record_header_bytes = 20;
inline constexpr std::size_t record_alignment = 8;
inline constexpr std::size_t commit_record_bytes = 48;
inline constexpr std::uint32_t format_version = 1;

inline constexpr RecordType open_type = 1;
inline constexpr RecordType commit_type = 2;

struct SegmentHeader {
  std::uint32_t version = format_version;
  Epoch epoch = 0;
  std::uint32_t segment = 0;
  std::uint32_t chain = 0;  ///< of the log's end before this segment
  core::Digest run{};
  Sequence first_sequence = 0;  ///< of the first user record here
};

/// Payload of a COMMIT record. It can be checked without the bytes before it and says which
/// bytes form its group, so that a reader can tell an unfinished group from a damaged one.
struct Commit {
  std::uint32_t records = 0;  ///< user records of the group
  std::uint32_t chain = 0;    ///< before this record
  Epoch epoch = 0;
  std::uint64_t group_begin = 0;  ///< offset of the group in the file; 0 includes the header
  std::uint64_t offset = 0;       ///< of this record in the file
};

struct RecordView {
  RecordType type = 0;
  Sequence sequence = 0;
  std::uint32_t chain = 0;  ///< after this record: its CRC
  std::span<const std::byte> payload{};
  std::size_t size = 0;  ///< of the whole record with padding
};

/// A record, or why the bytes are none.
struct ParsedRecord {
  RecordView record;
  const char* fault = nullptr;
};

std::uint32_t append_segment_header(std::vector<std::byte>& out, const SegmentHeader& header);
/// Nothing if the bytes are too few, no header of ours, or damaged.
[[nodiscard]] std::optional<SegmentHeader> parse_segment_header(std::span<const std::byte> bytes);
/// The chain value a segment with this (valid) header starts with.
[[nodiscard]] std::uint32_t segment_chain(std::span<const std::byte> bytes);

/// `sequence` is the record's own number, or the last user record's for OPEN and COMMIT.
std::uint32_t append_record(std::vector<std::byte>& out, RecordType type, Sequence sequence,
                            std::span<const std::byte> payload, std::uint32_t chain);
/// The record at the start of `bytes`, checked against the chain.
[[nodiscard]] ParsedRecord parse_record(std::span<const std::byte> bytes, std::uint32_t chain);

/// The fields of a record that parse_record has accepted before.
[[nodiscard]] RecordView view_record(std::span<const std::byte> bytes);

std::uint32_t append_commit(std::vector<std::byte>& out, Sequence sequence, const Commit& commit);
[[nodiscard]] std::optional<Commit> parse_commit(const RecordView& record);
/// The COMMIT record at the start of `bytes`, checked against its own stored chain value.
[[nodiscard]] std::optional<Commit> find_commit(std::span<const std::byte> bytes);

std::uint32_t append_open(std::vector<std::byte>& out, const LogEnd& predecessor);
[[nodiscard]] std::optional<LogEnd> parse_open(const RecordView& record);

}  // namespace foundation::journal
