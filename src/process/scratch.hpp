#pragma once

#include <filesystem>

#include "core/unique_handle.hpp"

namespace foundation::process {

/// Two folders for programs to work in, emptied between runs and gone with this object. If this
/// process is killed, the next one that makes a scratch folder in the same place removes them:
/// their owner holds a lock as long as it lives.
///
/// Only the user may enter (mode 0700). Throws core::Error{io}.
class ScratchFolder {
 public:
  /// In `parent`; empty: TMPDIR, or /tmp.
  explicit ScratchFolder(std::filesystem::path parent = {});
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder();

  /// Where the program runs.
  [[nodiscard]] const std::filesystem::path& work() const noexcept { return work_; }
  /// Its TMPDIR.
  [[nodiscard]] const std::filesystem::path& temporary() const noexcept { return temporary_; }
  /// Removes everything in both, whatever its permissions.
  void empty();

 private:
  struct LockPolicy {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw descriptor) noexcept;
  };
  std::filesystem::path folder_;
  std::filesystem::path work_;
  std::filesystem::path temporary_;
  core::UniqueHandle<LockPolicy> lock_;
};

/// Removes scratch folders in `parent` (empty: as above) whose owner is dead.
void remove_abandoned_scratch(std::filesystem::path parent = {}) noexcept;

}  // namespace foundation::process
