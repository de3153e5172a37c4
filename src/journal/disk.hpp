#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::journal {

/// One asynchronous write: bytes at an offset of a file, then a sync. Performed in the order of
/// submission, one after the other.
struct WriteRequest {
  std::uint64_t ticket = 0;
  std::string file{};   ///< name inside the run folder, "journal/E000001-S000001.log"
  bool create = false;  ///< the file must not exist yet; its folder is synced, too
  std::uint64_t offset = 0;
  std::vector<std::byte> bytes{};
  std::string fence{};  ///< after the sync: does this file exist? (a successor's claim)
};

/// Outcome of a WriteRequest: durable only if `error_number` is 0 and it is not `fenced`.
struct WriteDone {
  std::uint64_t ticket = 0;
  int error_number = 0;             ///< errno of the first call that failed
  bool fenced = false;              ///< the fence file exists: another epoch has taken over
  std::vector<std::byte> buffer{};  ///< the request's bytes, handed back for reuse
};

/// The run folder as the journal sees it. Everything but `submit` is synchronous, for start-up
/// and recovery. Names are relative and never leave the folder. Errors: core::Error{io} with
/// path and errno text. POSIX adapter: journal/posix_disk.hpp; the simulator has its own.
class Disk {
 public:
  virtual ~Disk() = default;
  /// Creates the folder `name` (0700) unless it exists, and syncs its parent.
  virtual void make_folder(std::string_view name) = 0;
  /// Names of the files in a folder, sorted; empty if there is no such folder.
  [[nodiscard]] virtual std::vector<std::string> list(std::string_view folder) const = 0;
  /// Content, or nothing if there is no such file.
  [[nodiscard]] virtual std::optional<std::vector<std::byte>> read(std::string_view name) const = 0;
  /// Writes a new file durably; false if one of that name exists already (link(2), NFS-safe).
  virtual bool create_exclusive(std::string_view name, std::string_view content) = 0;
  /// Replaces a file durably: temporary file, sync, rename, sync of the folder.
  virtual void replace(std::string_view name, std::string_view content) = 0;
  virtual void submit(WriteRequest request) = 0;
};

}  // namespace foundation::journal
