#pragma once

#include <cstdint>
#include <string>

#include "capture/trace_folder.hpp"

namespace foundation::capture {

/// What the finaliser of a host is told.
struct FinaliserTask {
  TraceFolder local;   ///< where the host's programs record
  TraceFolder shared;  ///< the folder of the job, seen by all hosts; often the same
  std::string host;
  std::int32_t local_ranks = 0;  ///< wrappers to be expected here; 0: unknown
};

/// Starts the finaliser of this host as a process in a session of its own, so that it outlives the
/// job's launcher, unless the host has one already. Throws core::Error{io}.
void start_finaliser(const FinaliserTask& task);

/// The finaliser itself: copies what is recorded to the folder of the job while its programs run,
/// waits until all wrappers of the host are gone, and on the host of the lowest rank until all
/// hosts are, and merges. Its last words go to TraceFolder::finaliser, whose lock it holds.
/// Local, one thread; never throws for what it could leave to `foundation trace recover`.
void run_finaliser(const FinaliserTask& task);

/// Follows a host's finaliser from the side of a wrapper.
class FinaliserView {
 public:
  FinaliserView(const TraceFolder& local, const std::string& host);
  ~FinaliserView();
  FinaliserView(const FinaliserView&) = delete;
  FinaliserView& operator=(const FinaliserView&) = delete;
  [[nodiscard]] bool is_at_work() const noexcept;
  /// Its last words; empty if it died without.
  [[nodiscard]] std::string last_words() const;

 private:
  int file_ = -1;
};

}  // namespace foundation::capture
