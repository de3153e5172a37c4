#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "campaign/effects.hpp"
#include "campaign/recovery.hpp"
#include "journal/journal.hpp"
#include "optimize/trajectory.hpp"

namespace foundation::campaign {

/// The records of one epoch on their way into the journal. What a resumed session derives anew is
/// written only where it differs from what the journal holds.
///
/// Local, one thread. The constructor throws core::Error{conflict} when the journal turns out to
/// be in a successor's hands.
class RunLog {
 public:
  RunLog(const journal::WriterOptions& options, const Recovered& recovered);

  /// First records of the epoch: what the last one may not have got onto the disk, the job and
  /// its trainset unless they are there, the session.
  void begin(const Recovered& recovered, const JobRecord& job, const SessionRecord& session,
             const std::vector<ExamplesRecord>& examples, Now now);
  template <class Record>
  journal::Sequence append(RecordKind kind, const Record& record, Now now) {
    return append_encoded(kind, encode(record), now);
  }
  journal::Sequence append_encoded(RecordKind kind, std::span<const std::byte> payload, Now now);
  /// `outputs` is empty or has one text a cell.
  void append_results(WorkerIndex worker, const model::CellRange& range,
                      std::span<const model::CellResult> cells,
                      std::span<const std::string> outputs, Now now);
  void append_changes(const optimize::Changes& changes, Now now);

  [[nodiscard]] journal::Writer& writer() noexcept { return writer_; }
  [[nodiscard]] const journal::Writer& writer() const noexcept { return writer_; }

 private:
  journal::Writer writer_;
  DecisionLog known_decisions_;
  OutcomeLog known_outcomes_;
  std::vector<std::byte> payload_;  ///< reused for results records
};

}  // namespace foundation::campaign
