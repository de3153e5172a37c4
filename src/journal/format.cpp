#include "journal/format.hpp"

#include <array>
#include <bit>
#include <cstring>

#include "core/contracts.hpp"
#include "core/mutation.hpp"
#include "journal/crc32c.hpp"

namespace foundation::journal {
namespace {

static_assert(std::endian::native == std::endian::little, "the format is little-endian");

constexpr std::array<char, 8> magic{'F', 'N', 'D', 'J', 'R', 'N', 'L', '\n'};
constexpr std::size_t header_crc_at = 60;
constexpr std::size_t length_at = 0;
constexpr std::size_t type_at = 4;
constexpr std::size_t flags_at = 6;
constexpr std::size_t sequence_at = 8;
constexpr std::size_t crc_at = 16;
constexpr std::size_t smallest_record = 24;  // a header with its padding

template <class T>
void store(std::byte* at, T value) noexcept {
  std::memcpy(at, &value, sizeof value);
}

template <class T>
T load(const std::byte* at) noexcept {
  T value{};
  std::memcpy(&value, at, sizeof value);
  return value;
}

constexpr std::size_t padded(std::size_t size) noexcept {
  return (size + record_alignment - 1) / record_alignment * record_alignment;
}

/// CRC of a padded record with its own CRC field taken as zero.
std::uint32_t record_crc(const std::byte* record, std::size_t size, std::uint32_t chain) noexcept {
  std::array<std::byte, smallest_record> head;
  std::memcpy(head.data(), record, head.size());
  store(head.data() + crc_at, std::uint32_t{0});
  return crc32c(crc32c(chain, head), {record + head.size(), size - head.size()});
}

/// Writes or reads the fields of a fixed-size payload one after the other.
struct FieldWriter {
  std::byte* at;
  template <class T>
  void operator()(const T& value) {
    store(at, value), at += sizeof value;
  }
};
struct FieldReader {
  const std::byte* at;
  template <class T>
  void operator()(T& value) {
    value = load<T>(at), at += sizeof value;
  }
};

template <class Fields, class CommitLike>
void commit_fields(Fields fields, CommitLike& commit) {
  fields(commit.records), fields(commit.chain), fields(commit.epoch);
  fields(commit.group_begin), fields(commit.offset);
}
constexpr std::size_t commit_payload_bytes = 28;
static_assert(padded(record_header_bytes + commit_payload_bytes) == commit_record_bytes);

template <class Fields, class EndLike>
void open_fields(Fields fields, EndLike& end) {
  fields(end.epoch), fields(end.segment), fields(end.length), fields(end.sequence);
  fields(end.chain);
}
constexpr std::size_t open_payload_bytes = 28;

template <class Fields, class HeaderLike>
void header_fields(Fields fields, HeaderLike& header) {
  fields(header.version), fields(header.epoch), fields(header.segment), fields(header.chain);
  fields(header.run.high), fields(header.run.low), fields(header.first_sequence);
}

}  // namespace

std::uint32_t append_segment_header(std::vector<std::byte>& out, const SegmentHeader& header) {
  std::array<std::byte, segment_header_bytes> bytes{};
  std::memcpy(bytes.data(), magic.data(), magic.size());
  header_fields(FieldWriter{bytes.data() + magic.size()}, header);
  const std::uint32_t crc = crc32c(header.chain, std::span{bytes}.first<header_crc_at>());
  store(bytes.data() + header_crc_at, crc);
  out.insert(out.end(), bytes.begin(), bytes.end());
  return crc;
}

std::optional<SegmentHeader> parse_segment_header(std::span<const std::byte> bytes) {
  if (bytes.size() < segment_header_bytes) return std::nullopt;
  if (std::memcmp(bytes.data(), magic.data(), magic.size()) != 0) return std::nullopt;
  SegmentHeader header;
  header_fields(FieldReader{bytes.data() + magic.size()}, header);
  if (crc32c(header.chain, bytes.first(header_crc_at)) != segment_chain(bytes)) return std::nullopt;
  return header;
}

std::uint32_t segment_chain(std::span<const std::byte> bytes) {
  EXPECTS(bytes.size() >= segment_header_bytes);
  return load<std::uint32_t>(bytes.data() + header_crc_at);
}

std::uint32_t append_record(std::vector<std::byte>& out, RecordType type, Sequence sequence,
                            std::span<const std::byte> payload, std::uint32_t chain) {
  const std::size_t length = record_header_bytes + payload.size();
  const std::size_t size = padded(length);
  const std::size_t begin = out.size();
  out.resize(begin + size);  // new bytes are zero: flags, CRC and padding are done
  std::byte* record = out.data() + begin;
  store(record + length_at, static_cast<std::uint32_t>(length));
  store(record + type_at, type);
  store(record + sequence_at, sequence);
  if (!payload.empty()) {
    std::memcpy(record + record_header_bytes, payload.data(), payload.size());
  }
  const std::uint32_t crc = crc32c(chain, {record, size});
  store(record + crc_at, crc);
  return crc;
}

ParsedRecord parse_record(std::span<const std::byte> bytes, std::uint32_t chain) {
  if (bytes.size() < smallest_record) return {{}, "the file ends within a record"};
  const std::byte* at = bytes.data();
  const std::size_t length = load<std::uint32_t>(at + length_at);
  if (length == 0) return {{}, "there are zeros instead of a record"};
  if (length < record_header_bytes || length - record_header_bytes > max_payload_bytes) {
    return {{}, "a record's length is impossible"};
  }
  if (padded(length) > bytes.size()) return {{}, "the file ends within a record"};
  const RecordView record = view_record(bytes);
  if (record_crc(at, record.size, chain) != record.chain && !FOUNDATION_MUTATION(checksum_ignored))
    return {{}, "a record's checksum is wrong"};
  if (load<std::uint16_t>(at + flags_at) != 0) return {{}, "a record has unknown flags"};
  return {record, nullptr};
}

RecordView view_record(std::span<const std::byte> bytes) {
  const std::byte* at = bytes.data();
  const std::size_t length = load<std::uint32_t>(at + length_at);
  return {.type = load<RecordType>(at + type_at),
          .sequence = load<Sequence>(at + sequence_at),
          .chain = load<std::uint32_t>(at + crc_at),
          .payload = bytes.subspan(record_header_bytes, length - record_header_bytes),
          .size = padded(length)};
}

std::uint32_t append_commit(std::vector<std::byte>& out, Sequence sequence, const Commit& commit) {
  std::array<std::byte, commit_payload_bytes> payload;
  commit_fields(FieldWriter{payload.data()}, commit);
  return append_record(out, commit_type, sequence, payload, commit.chain);
}

std::optional<Commit> parse_commit(const RecordView& record) {
  if (record.type != commit_type || record.payload.size() != commit_payload_bytes) {
    return std::nullopt;
  }
  Commit commit;
  commit_fields(FieldReader{record.payload.data()}, commit);
  return commit;
}

std::optional<Commit> find_commit(std::span<const std::byte> bytes) {
  constexpr std::uint32_t length = record_header_bytes + commit_payload_bytes;
  if (bytes.size() < commit_record_bytes) return std::nullopt;
  if (load<std::uint32_t>(bytes.data() + length_at) != length) return std::nullopt;
  if (load<RecordType>(bytes.data() + type_at) != commit_type) return std::nullopt;
  Commit stored;
  commit_fields(FieldReader{bytes.data() + record_header_bytes}, stored);
  const ParsedRecord parsed = parse_record(bytes, stored.chain);
  return parsed.fault == nullptr ? parse_commit(parsed.record) : std::nullopt;
}

std::uint32_t append_open(std::vector<std::byte>& out, const LogEnd& predecessor) {
  EXPECTS(out.size() == segment_header_bytes);
  std::array<std::byte, open_payload_bytes> payload;
  open_fields(FieldWriter{payload.data()}, predecessor);
  return append_record(out, open_type, predecessor.sequence, payload, segment_chain(out));
}

std::optional<LogEnd> parse_open(const RecordView& record) {
  if (record.type != open_type || record.payload.size() != open_payload_bytes) {
    return std::nullopt;
  }
  LogEnd end;
  open_fields(FieldReader{record.payload.data()}, end);
  return end;
}

}  // namespace foundation::journal
