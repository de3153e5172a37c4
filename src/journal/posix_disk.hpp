#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "journal/disk.hpp"
#include "journal/posix_folder.hpp"

namespace foundation::journal {

class WriteThread;

/// A run folder on a POSIX file system, local or NFS or Lustre: no flock, no mmap, no O_APPEND.
/// `submit` hands its request to a thread of this object; poll its outcome:
///     disk.submit(*writer.next_write(now, false));
///     if (disk.ready()) for (WriteDone& done : disk.poll()) writer.done(std::move(done));
/// One user thread. The thread starts with the first `submit`, so a process that forks before
/// that forks single-threaded.
class PosixDisk final : public Disk {
 public:
  /// Creates the folder (0700) if it is missing; its parent must exist. Throws core::Error{io}
  /// with a hint if it is no folder, belongs to somebody else, or cannot be written.
  explicit PosixDisk(std::filesystem::path folder, FolderAccess access = FolderAccess::write);
  /// Waits for the write in work; drops those not begun.
  ~PosixDisk() override;

  void make_folder(std::string_view name) override;
  [[nodiscard]] std::vector<std::string> list(std::string_view folder) const override;
  [[nodiscard]] std::optional<std::vector<std::byte>> read(std::string_view name) const override;
  bool create_exclusive(std::string_view name, std::string_view content) override;
  void replace(std::string_view name, std::string_view content) override;
  void submit(WriteRequest request) override;

  /// Is there an outcome to poll? One relaxed load.
  [[nodiscard]] bool ready() const noexcept;
  /// Outcomes since the last call, in order of submission.
  [[nodiscard]] std::vector<WriteDone> poll();
  /// Waits until ready() or the time is over; returns ready().
  bool wait(core::Duration timeout);

 private:
  PosixFolder folder_;
  std::unique_ptr<WriteThread> thread_;
};

}  // namespace foundation::journal
