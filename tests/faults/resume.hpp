#pragma once

#include <cstdint>

#include "runtime/problem.hpp"
#include "tests/journal/memory_disk.hpp"

namespace foundation::testing {

struct Resumed {
  core::Digest answer;
  std::uint64_t reused = 0;  ///< evaluations taken over
};

/// Continues the run in `storage` to its end as the next session of `foundation optimize` would:
/// claim, recovery and coordinator over a disk in memory, with cells evaluated one by one.
[[nodiscard]] Resumed resume(const runtime::Problem& problem, MemoryStorage& storage);

}  // namespace foundation::testing
