#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "capture/trace_folder.hpp"

namespace foundation::capture {

/// Copies what is recorded on a node to the folder of the job, again and again: only what is new
/// since the last time, and never more than what is published, so that the copy is a recording by
/// itself at any time. What a lost node costs is what it recorded since.
///
/// Local, one thread. Throws core::Error{io}.
class RingCopy {
 public:
  RingCopy(TraceFolder from, TraceFolder to) : from_{std::move(from)}, to_{std::move(to)} {}

  void copy_new();
  /// The same for one recording.
  void copy_recording(const std::filesystem::path& file);

 private:
  struct Progress {
    std::uint64_t definitions = 0;
    std::vector<std::uint64_t> streams;  ///< events copied, by stream
  };
  void copy_log(const std::filesystem::path& file) const;

  TraceFolder from_, to_;
  std::map<std::string, Progress> progress_;  ///< by name of the file
};

}  // namespace foundation::capture
