#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "trace.hpp"

namespace foundation::testing {

/// A small job of the real program, run twice with every call on its folder recorded: the first
/// session is killed in the middle, the second comes to the end.
struct RecordedRun {
  explicit RecordedRun(const std::filesystem::path& folder);

  std::filesystem::path job_file;
  std::filesystem::path run;  ///< the run folder at the end
  std::vector<Call> calls;    ///< below the run folder
};

}  // namespace foundation::testing
