#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "core/unique_handle.hpp"

namespace foundation::analysis {

/// A nameless file in $TMPDIR (else /tmp) for what does not fit into memory; the system removes
/// it however the process ends. Local, one thread. Throws core::Error{io}.
class TemporaryFile {
 public:
  TemporaryFile();
  /// Appends and returns where it begins.
  std::uint64_t append(std::span<const std::byte> bytes);
  /// Exactly these bytes.
  void read(std::uint64_t offset, std::span<std::byte> bytes) const;

 private:
  struct FilePolicy {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw file) noexcept;
  };
  core::UniqueHandle<FilePolicy> file_;
  std::uint64_t size_ = 0;
};

}  // namespace foundation::analysis
