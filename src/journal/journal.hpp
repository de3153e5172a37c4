#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "core/hash.hpp"
#include "core/time.hpp"
#include "journal/disk.hpp"

/// The record log of one run: the truth from which everything else is rebuilt. Layout and
/// recovery rules: src/journal/README.md.
namespace foundation::journal {

using Epoch = std::uint32_t;
using Sequence = std::uint64_t;  ///< counts records of a run from 1, across epochs
using RecordType = std::uint16_t;
inline constexpr RecordType first_user_type = 16;  ///< types below belong to the journal
inline constexpr std::size_t max_payload_bytes = std::size_t{16} << 20;

struct Record {
  Sequence sequence = 0;
  RecordType type = 0;
  Epoch epoch = 0;
  std::span<const std::byte> payload{};  ///< valid during the visit only
};

/// Where an epoch's accepted log ends; what its successor must chain to.
struct LogEnd {
  Epoch epoch = 0;  ///< 0: the run is new
  std::uint32_t segment = 0;
  std::uint64_t length = 0;  ///< bytes of that segment that belong to the log
  Sequence sequence = 0;     ///< of the last accepted record
  std::uint32_t chain = 0;   ///< CRC chain value there
  bool operator==(const LogEnd&) const = default;
};

enum class TailState : std::uint8_t {
  clean,
  torn,      ///< the last group was never finished: cut off, nothing acknowledged is lost
  salvaged,  ///< cut at damage, as DamagePolicy::salvage asked
};

struct StoredRecord {
  RecordType type = 0;
  std::vector<std::byte> payload{};
};

/// Where the log is damaged: not torn by an interrupted write, but changed or lost afterwards.
struct DamagePlace {
  std::string file;
  std::uint64_t offset = 0;
  std::string reason;
};

struct Recovery {
  core::Digest run;  ///< of the segments read; zero if there is no log yet
  LogEnd end;
  TailState tail = TailState::clean;
  std::uint64_t torn_bytes = 0;     ///< bytes after the last commit that were cut off (if torn)
  std::string torn_file;            ///< the file that is torn, or where the damage begins
  std::uint64_t records = 0;        ///< visited
  std::vector<DamagePlace> damage;  ///< if salvaged; the log is cut at the last of them
  /// If salvaged: no record that was lost has a higher number. An upper bound, since numbers of
  /// groups that were never acknowledged count, too.
  Sequence highest_known = 0;

  /// The last group may be readable and yet not on the disk, if the sync of its writer failed
  /// (Linux marks such pages clean). `confirmed` is the end of the log before that group and
  /// `unconfirmed` its records. A writer whose predecessor is `confirmed` and which appends
  /// `unconfirmed` first stores them anew, under the same numbers, in one group with its OPEN.
  LogEnd confirmed;
  std::vector<StoredRecord> unconfirmed;
};

enum class DamagePolicy : std::uint8_t {
  refuse,   ///< corruption throws core::Error{corrupt_data} with file, offset and remedy
  salvage,  ///< keep the valid prefix and list the damage; what is lost is evaluated again
};

/// Reads the accepted log of the run from the first record to the last commit, in order. Only
/// committed user records are visited. Safe beside a live writer. A torn tail is reported,
/// damage in front of it is refused (or cut, with `salvage`): records visited before the error
/// is thrown must be discarded. `disk` must outlive the call only.
Recovery read_log(const Disk& disk, const std::function<void(const Record&)>& visit,
                  DamagePolicy policy = DamagePolicy::refuse);

/// Who owns an epoch; stored in its claim file as text.
struct Claim {
  Epoch epoch = 0;
  std::string host{};
  std::int64_t pid = 0;
  std::int64_t pid_start = 0;  ///< start time of the process in clock ticks since boot
  std::string boot_id{};
  std::string batch_job{};      ///< Slurm job id, if any
  std::string launch{};         ///< what our launcher has marked the process with, if any
  std::int64_t claimed_at = 0;  ///< wall label
};

/// The newest claim, or nothing for a new run.
[[nodiscard]] std::optional<Claim> newest_claim(const Disk& disk);
/// Claims the next epoch (claim.epoch is filled in) and makes the folders it needs. Throws
/// core::Error{conflict} if another process was quicker. Read the log after this, not before:
/// what a predecessor acknowledged is in it then.
[[nodiscard]] Claim claim_epoch(Disk& disk, Claim claim);
[[nodiscard]] std::string claim_file(Epoch epoch);      ///< "epoch/000001.claim"
[[nodiscard]] std::string watermark_file(Epoch epoch);  ///< "journal/watermark.000001"

struct WriterOptions {
  core::Digest run{};  ///< identity of the run, in each segment's header
  Epoch epoch = 0;
  LogEnd predecessor{};  ///< what the OPEN record cuts the previous epoch to
  std::uint64_t segment_bytes = std::uint64_t{64}
                                << 20;  ///< a segment ends at the group that reaches this
  std::uint64_t group_bytes = std::uint64_t{1} << 20;  ///< a group closes at this size ...
  core::Duration group_age =
      std::chrono::milliseconds{20};  ///< ... or this age of its first record
};

/// Appends records of one epoch as a state machine: no I/O of its own, one write outstanding.
/// Records become durable group by group: `durable()` moves only in `done`. After a failed
/// write the writer refuses: `failure()` says why, nothing more is acknowledged in this epoch.
/// Two buffers go to and fro between writer and disk: no allocation a record. One thread.
class Writer {
 public:
  explicit Writer(const WriterOptions& options);

  /// Buffers one record and returns its number; only counts it if the writer has failed. Throws
  /// core::Error{internal} if `payload` exceeds max_payload_bytes.
  Sequence append(RecordType type, std::span<const std::byte> payload, core::Time now);
  /// The next group to be written, if there is one: no write is outstanding, records are
  /// waiting, and they are old or many enough, or `flush` is set. Every group ends in a COMMIT
  /// record; the first one starts with the segment header and the OPEN record, and `flush`
  /// writes it even if no record waits.
  [[nodiscard]] std::optional<WriteRequest> next_write(core::Time now, bool flush);
  /// The outcome of the write `next_write` gave out; move it in, its buffer is used again.
  void done(WriteDone outcome);
  /// At most once a second, if `durable()` has moved: the new content for
  /// watermark_file(epoch), to be stored with Disk::replace. A lower bound of what was
  /// acknowledged, by which recovery notices that the end of the log is missing.
  [[nodiscard]] std::optional<std::string> watermark_due(core::Time now);
  /// The same content unasked, for an orderly end.
  [[nodiscard]] std::string watermark() const;

  [[nodiscard]] Sequence appended() const noexcept;
  [[nodiscard]] Sequence durable() const noexcept;
  /// True after a failed write and when fenced.
  [[nodiscard]] bool failed() const noexcept;
  [[nodiscard]] bool fenced() const noexcept;
  [[nodiscard]] std::string failure() const;  ///< text for people; empty while all is well
  /// When the waiting group becomes old enough; nothing if none waits or a write is outstanding.
  [[nodiscard]] std::optional<core::Time> deadline() const noexcept;
  /// Bytes known to be durable, 0 until the OPEN record is.
  [[nodiscard]] std::uint64_t bytes_written() const noexcept;

 private:
  struct InFlight {
    std::string file;
    std::uint64_t bytes = 0;
    Sequence last = 0;
  };
  void begin_group();
  void begin_segment();
  void fail(const WriteDone& outcome);

  WriterOptions options_;
  std::vector<std::byte> group_;  ///< bytes of the waiting group; empty: none begun
  std::vector<std::byte> spare_;  ///< a used buffer
  std::uint32_t segment_ = 0;
  std::uint64_t offset_ = 0;  ///< of the waiting group in its segment
  std::uint32_t chain_;
  std::uint32_t records_ = 0;  ///< in the waiting group
  core::Time oldest_;          ///< when its first record came
  Sequence appended_;
  Sequence durable_;
  std::uint64_t ticket_ = 0;
  std::uint64_t bytes_written_ = 0;
  std::optional<InFlight> in_flight_;
  std::optional<core::Time> watermark_at_;
  Sequence watermark_ = 0;  ///< the last one given out
  std::string failure_;
  bool fenced_ = false;
};

}  // namespace foundation::journal
