#pragma once

#include <cstdint>
#include <string>

#include "campaign/progress.hpp"
#include "campaign/records.hpp"
#include "core/time.hpp"

namespace foundation::runtime {

/// Shows progress on stderr: one line that is overwritten on a terminal, elsewhere a plain line
/// each `interval` and each tenth of the work.
class ProgressPrinter {
 public:
  explicit ProgressPrinter(core::Duration interval);
  void show(const campaign::ProgressRecord& progress, core::Time now);
  /// Leaves the last line standing.
  void close();

 private:
  [[nodiscard]] std::string line(const campaign::ProgressRecord& progress, core::Time now);

  core::Duration interval_;
  core::Time started_;
  core::Time last_shown_;
  std::uint64_t tenths_ = 0;
  bool terminal_;
  bool open_line_ = false;
  campaign::ProgressMeter meter_;
};

}  // namespace foundation::runtime
