#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "core/error.hpp"
#include "journal/crc32c.hpp"
#include "journal/format.hpp"
#include "journal/journal.hpp"
#include "journal/names.hpp"
#include "journal/watermark.hpp"
#include "pieces.hpp"
#include "targets.hpp"
#include "tests/journal/memory_disk.hpp"

namespace foundation::fuzz {
namespace {

using foundation::testing::Bytes;
using foundation::testing::MemoryDisk;
using foundation::testing::MemoryStorage;
using journal::DamagePolicy;

constexpr std::array<const char*, 6> files = {
    "journal/E000001-S000001.log", "journal/E000001-S000002.log", "journal/E000002-S000001.log",
    "journal/E000003-S000001.log", "journal/watermark.000001",    "journal/watermark.000002"};
constexpr std::uint8_t with_right_checksums = 0x80;

template <class T>
T load(const Bytes& bytes, std::size_t at) {
  T value{};
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}
template <class T>
void store(Bytes& bytes, std::size_t at, T value) {
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

/// Gives header and records the checksums that fit them: random changes alone would never get
/// past those.
void repair(Bytes& bytes) {
  constexpr std::size_t chain_in_header = 20;
  constexpr std::size_t header_crc = 60;
  constexpr std::size_t record_crc = 16;
  constexpr std::size_t chain_in_commit = 24;
  if (bytes.size() < journal::segment_header_bytes) return;
  auto chain = journal::crc32c(load<std::uint32_t>(bytes, chain_in_header),
                               std::span{bytes}.first(header_crc));
  store(bytes, header_crc, chain);
  std::size_t at = journal::segment_header_bytes;
  while (bytes.size() - at >= journal::record_header_bytes) {
    const std::size_t length = load<std::uint32_t>(bytes, at);
    const std::size_t size = (length + 7) / 8 * 8;
    if (length < journal::record_header_bytes || size > bytes.size() - at) return;
    if (load<journal::RecordType>(bytes, at + 4) == journal::commit_type && size == 48)
      store(bytes, at + chain_in_commit - 4, chain);
    store(bytes, at + record_crc, std::uint32_t{0});
    chain = journal::crc32c(chain, std::span{bytes}.subspan(at, size));
    store(bytes, at + record_crc, chain);
    at += size;
  }
}

struct Read {
  journal::Recovery recovery;
  std::vector<std::string> records;
};

/// Nothing if the log is refused.
std::optional<Read> read_with(const MemoryStorage& storage, DamagePolicy policy) {
  MemoryStorage copy = storage;
  Read read;
  const auto visit = [&read](const journal::Record& record) {
    require(record.sequence == read.records.size() + 1, "records are not numbered from 1");
    require(record.type >= journal::first_user_type, "a record of the journal's own is shown");
    read.records.emplace_back(text_of(record.payload));
  };
  try {
    read.recovery = journal::read_log(MemoryDisk{copy}, visit, policy);
    return read;
  } catch (const core::Error& error) {
    const bool version = error.kind() == core::ErrorKind::bad_input;
    require(version || error.kind() == core::ErrorKind::corrupt_data, "another kind of error");
    require(version || policy == DamagePolicy::refuse, "salvage refuses damage");
    require(!error.hint().empty() && !error.place().file.empty(), "damage without place or remedy");
    return std::nullopt;
  }
}

/// A new epoch behind what was recovered must be readable and keep all of it.
void continue_log(MemoryStorage& storage, const Read& before) {
  MemoryDisk disk{storage};
  journal::WriterOptions options;
  options.run = before.recovery.run;
  options.epoch = journal::claim_epoch(disk, {}).epoch;
  options.predecessor = before.recovery.confirmed;
  if (options.epoch <= options.predecessor.epoch) return;
  journal::Writer writer{options};
  for (const auto& record : before.recovery.unconfirmed)
    (void)writer.append(record.type, record.payload, {});
  (void)writer.append(journal::first_user_type, {}, {});
  disk.submit(*writer.next_write({}, true));
  writer.done(disk.complete_next());
  require(!writer.failed(), "a writer fails on a good disk");
  const auto after = read_with(storage, DamagePolicy::refuse);
  require(after.has_value(), "a continued log is refused");
  require(after->records.size() == before.records.size() + 1, "a continued log has lost records");
  require(std::equal(before.records.begin(), before.records.end(), after->records.begin()),
          "a continued log has other records");
}

}  // namespace

void read_journal(Input input) {
  MemoryStorage storage;
  while (const auto piece = take_piece(input)) {
    Bytes bytes{piece->bytes.begin(), piece->bytes.end()};
    if ((piece->purpose & with_right_checksums) != 0) repair(bytes);
    storage.set_content(files[(piece->purpose & 0x7FU) % files.size()], std::move(bytes));
  }
  const auto whole = read_with(storage, DamagePolicy::refuse);
  const auto salvaged = read_with(storage, DamagePolicy::salvage);
  if (!salvaged) return;
  require(!whole || whole->records == salvaged->records, "salvage drops parts of a whole log");
  continue_log(storage, *salvaged);
}

void read_claim(Input input) {
  const std::string_view text = text_of(input);
  (void)journal::parse_segment_name(text);
  (void)journal::parse_claim_name(text);
  (void)journal::parse_watermark_name(text);
  if (const auto sequence = journal::parse_watermark(input))
    require(journal::format_watermark(*sequence) == text, "a watermark in another form is taken");
  MemoryStorage storage;
  storage.set_content(journal::claim_file(1), Bytes{input.begin(), input.end()});
  MemoryDisk disk{storage};
  const auto claim = journal::newest_claim(disk);
  require(claim && claim->epoch == 1, "the name alone makes a claim");
  (void)journal::claim_epoch(disk, *claim);
  const auto again = journal::newest_claim(disk);
  require(again && again->epoch == 2 && again->host == claim->host && again->pid == claim->pid &&
              again->pid_start == claim->pid_start && again->boot_id == claim->boot_id &&
              again->batch_job == claim->batch_job && again->launch == claim->launch &&
              again->claimed_at == claim->claimed_at,
          "a claim means something else when written again");
}

}  // namespace foundation::fuzz
