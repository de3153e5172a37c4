#pragma once

#include <cstddef>
#include <filesystem>
#include <span>
#include <string>

#include "core/descriptor.hpp"

namespace foundation::storage::detail {

/// A new, private file (mode 0600) beside `target` that goes away unless it is renamed to it.
/// Temporary files of `target` that dead processes of this machine left, and any older than a day,
/// are removed first. Throws core::Error{io}.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target);
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile();

  /// For libraries that open files by name; for this process only.
  [[nodiscard]] std::filesystem::path path() const;
  void write(std::span<const std::byte> bytes);
  /// Everything in the file is made durable, whoever wrote it; then it becomes `target`, and that
  /// is made durable, too.
  void publish();

 private:
  std::filesystem::path target_;
  core::Descriptor folder_;
  std::string name_;  ///< empty once renamed
  core::Descriptor file_;
};

}  // namespace foundation::storage::detail
