#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <unistd.h>

#include "core/unique_handle.hpp"

namespace foundation::storage::detail {

struct DescriptorPolicy {
  using Raw = int;
  static Raw null() noexcept { return -1; }
  static void close(Raw descriptor) noexcept { ::close(descriptor); }
};
/// Sole owner of a file descriptor.
using Descriptor = core::UniqueHandle<DescriptorPolicy>;

/// Writes all of it; false and errno if that fails.
inline bool write_all(int descriptor, std::span<const std::byte> bytes) noexcept {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    bytes = bytes.subspan(static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace foundation::storage::detail
