#pragma once

#include <unistd.h>

#include "core/unique_handle.hpp"

namespace foundation::endpoints::detail {

struct DescriptorPolicy {
  using Raw = int;
  static Raw null() noexcept { return -1; }
  static void close(Raw raw) noexcept { ::close(raw); }
};
using Descriptor = core::UniqueHandle<DescriptorPolicy>;

}  // namespace foundation::endpoints::detail
