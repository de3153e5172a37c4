#pragma once

#include <atomic>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

namespace foundation::endpoints {

/// Answers that were given before, by the digest of the request: one file each, in two levels of
/// folders. Shared by any number of processes and nodes: a file is written under another name,
/// synced and renamed, and never changed; nothing is locked or mapped, so NFS and Lustre will do.
/// A file whose digest does not fit its content counts as absent and is replaced.
///
/// Local. From any thread.
class ResponseCache {
 public:
  /// Makes the folder, for its owner alone. Throws core::Error{io} when that cannot be done.
  explicit ResponseCache(std::filesystem::path folder);

  /// `key`: hexadecimal digits, at least five.
  [[nodiscard]] std::optional<std::string> find(const std::string& key) const;
  /// A cache that cannot be written to costs time, not answers: says so once on the log.
  void store(const std::string& key, std::string_view content);
  [[nodiscard]] const std::filesystem::path& folder() const noexcept { return folder_; }

 private:
  [[nodiscard]] std::filesystem::path file_of(const std::string& key) const;
  void write(const std::filesystem::path& file, std::string_view content);

  std::filesystem::path folder_;
  std::atomic<bool> complained_{false};
};

}  // namespace foundation::endpoints
