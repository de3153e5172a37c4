#pragma once

#include <unistd.h>

#include "core/unique_handle.hpp"

namespace foundation::core {

struct DescriptorPolicy {
  using Raw = int;
  static Raw null() noexcept { return -1; }
  static void close(Raw descriptor) noexcept { ::close(descriptor); }
};
/// Sole owner of a file descriptor.
using Descriptor = UniqueHandle<DescriptorPolicy>;

}  // namespace foundation::core
