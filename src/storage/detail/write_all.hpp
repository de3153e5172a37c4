#pragma once

#include <cerrno>
#include <cstddef>
#include <span>
#include <unistd.h>

namespace foundation::storage::detail {

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
