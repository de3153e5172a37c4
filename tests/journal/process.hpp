#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "core/random.hpp"
#include "journal/journal.hpp"
#include "memory_disk.hpp"

namespace foundation::testing {

using Texts = std::vector<std::string>;

inline constexpr journal::RecordType text_type = 16;

struct ReadBack {
  journal::Recovery recovery;
  Texts texts;  ///< payloads in order
};

/// Reads the log; checks that numbers run from 1 and epochs never fall.
[[nodiscard]] ReadBack read_back(const journal::Disk& disk,
                                 journal::DamagePolicy policy = journal::DamagePolicy::refuse);
/// The same, or nothing if the log is refused as corrupt_data; other errors pass.
[[nodiscard]] std::optional<ReadBack> try_read_back(const journal::Disk& disk);

/// A coordinator as far as the journal sees it: claims an epoch, reads the log, continues it,
/// taking the unconfirmed tail along.
class Process {
 public:
  using Tweak = std::function<void(journal::WriterOptions&)>;
  explicit Process(MemoryStorage& storage, const Tweak& tweak = {});

  void append(const std::string& text);
  /// One complete group commit; false if there was nothing to write or the writer has failed.
  bool commit();
  /// Hands the waiting group to the disk without completing it.
  bool submit();
  void complete();
  void append_and_commit(const Texts& texts);
  void store_watermark();

  MemoryDisk disk;
  ReadBack found;
  std::optional<journal::Writer> writer;
  Texts log;  ///< all accepted and appended payloads, by number

 private:
  core::Time now_;
};

/// The first `count` of a log.
[[nodiscard]] Texts head(const Texts& log, std::size_t count);
[[nodiscard]] bool is_prefix(const Texts& part, const Texts& whole);
/// Random text of this length.
[[nodiscard]] std::string random_text(core::Stream& chance, std::size_t size);
[[nodiscard]] std::span<const std::byte> as_bytes(const std::string& text);

}  // namespace foundation::testing
