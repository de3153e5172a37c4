#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "campaign/end_note.hpp"
#include "tests/simulation/session.hpp"
#include "tests/simulation/violation.hpp"

namespace foundation::simulation {

/// What must hold in every world, whatever happens to it. Knows the truth (the reference) and
/// remembers what was promised; reads the disk as a power loss at this moment would leave it.
class Invariants {
 public:
  Invariants(Kernel& kernel, const Reference& reference, testing::MemoryStorage& storage)
      : kernel_{kernel}, reference_{reference}, storage_{storage} {}

  /// Stored data is damaged: from now on there may be less than was promised, but nothing wrong.
  void expect_damage() noexcept { damaged_ = true; }

  /// After every event a session has handled.
  void check(const Session& session);
  /// The journal as a new session found it.
  void check_recovery(const Session& session, journal::Epoch newest);
  void check_cell(const Session& session, const model::CellRange& cell);
  void check_lease(const Session& session, campaign::WorkerIndex worker,
                   const campaign::Lease& lease);
  void check_published(const Session& session, journal::Sequence durable);
  void check_report(const Session& session, const campaign::ProgressRecord& progress);
  /// DONE is about to be written ...
  void check_done_file(const Session& session, std::string_view content);
  /// ... and is said to be durable.
  void check_done_stored();
  /// When everything is over: what was said to be durable last is there.
  void check_over();
  /// The launcher takes this note for the end of the run.
  void check_note(const campaign::EndNote& note) const;
  /// Evaluations in the journal, as a node sees it.
  [[nodiscard]] std::uint64_t count_evaluations(testing::MemoryStorage::NodeId node) const;
  void check_end(const Session& session, const campaign::EndReport& report, journal::Epoch newest);

 private:
  struct LogRecord {
    journal::RecordType type = 0;
    std::uint64_t digest = 0;
    std::vector<std::byte> payload;
  };
  using Log = std::vector<LogRecord>;
  struct Watched {
    std::set<std::uint64_t> lease_ids;
    std::size_t proposals = 0;
    std::size_t requests = 0;
    journal::Sequence durable = 0;
    std::uint64_t finished = 0;
    std::uint64_t idle_disk_since = 0;  ///< tick
  };

  void check_lag(const Session& session, Watched& watched) const;
  [[nodiscard]] Log read(const journal::Disk& disk) const;
  [[nodiscard]] testing::MemoryStorage after_power_loss();
  [[nodiscard]] const Log& surviving_log();
  void check_proposals_once(const Log& log, const Session& session) const;
  using Requests = std::vector<core::Digest>;
  /// `requests`: of the text requests in the log so far; a record may add one.
  void check_content(const LogRecord& record, Requests& requests) const;
  void check_results(const campaign::ResultsView& results, const Requests& requests) const;
  void check_proposals(const Session& session, Watched& watched) const;
  void check_requests(const Session& session, Watched& watched) const;
  /// Is the job's right end in there?
  [[nodiscard]] bool holds_end(const Log& log) const;
  void demand(bool condition, const Session& session, const std::string& what) const;

  Kernel& kernel_;
  const Reference& reference_;
  testing::MemoryStorage& storage_;
  std::map<journal::Epoch, Watched> watched_;
  journal::Sequence acknowledged_ = 0;
  Log last_read_;                        ///< at the last recovery ...
  journal::Sequence last_promised_ = 0;  ///< ... when so much was acknowledged
  std::set<std::string> done_notes_;     ///< everything that DONE may be
  bool done_stored_ = false;
  Log survivors_;
  std::pair<std::uint64_t, std::uint64_t> survivors_at_{};  ///< event, call
  std::uint32_t looks_ = 0;
  bool damaged_ = false;
};

}  // namespace foundation::simulation
