#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "campaign/lease.hpp"
#include "campaign/records.hpp"
#include "core/time.hpp"
#include "journal/disk.hpp"
#include "model/candidate.hpp"
#include "model/text_request.hpp"

namespace foundation::campaign {

/// The moment an event is handled: monotonic time for decisions, wall time as a label.
struct Now {
  core::Time time;
  core::WallLabel wall = 0;
};

enum class Ending : std::uint8_t {
  done,            ///< the answer is durable
  stopped,         ///< ended early on request; the same command continues
  no_result,       ///< everything ran, no candidate has a valid score
  storage_failed,  ///< the journal cannot be written
  fenced,          ///< another process has taken over the run
  workers_lost,    ///< nobody is left to evaluate
};

struct EndReport {
  Ending ending = Ending::done;
  std::string message;
  std::optional<FinishedRecord> result;
};

/// Everything a coordinator does to the world. Called while it handles an event; implementations
/// queue what they are told and never call back.
class Effects {
 public:
  virtual ~Effects() = default;
  /// The workers have registered, as far as they have come: precedes all leases. Not without a
  /// plan of the start.
  virtual void say_start(const StartedRecord& started) = 0;
  /// Precedes the first lease of a candidate to this worker, on whatever channel.
  virtual void send_candidate(WorkerIndex worker, const model::Candidate& candidate) = 0;
  /// Likewise for a text request and leases of its samples.
  virtual void send_request(WorkerIndex worker, const model::NumberedRequest& request) = 0;
  virtual void send_lease(WorkerIndex worker, const Lease& lease) = 0;
  /// Asks for a lease back unless it was started.
  virtual void send_recall(WorkerIndex worker, LeaseId lease) = 0;
  /// The worker has nothing more to do here.
  virtual void dismiss(WorkerIndex worker) = 0;
  virtual void write(journal::WriteRequest request) = 0;
  /// Replaces a small file of the run folder (watermark, end note).
  virtual void replace_file(std::string_view name, std::string_view content) = 0;
  /// Makes the HDF5 view anew from the journal up to `durable`.
  virtual void publish(journal::Sequence durable, bool final) = 0;
  /// Shows progress to the user; it is durable.
  virtual void report(const ProgressRecord& progress) = 0;
  /// The campaign is over for this session; everything it says is durable.
  virtual void end(const EndReport& report) = 0;
};

}  // namespace foundation::campaign
