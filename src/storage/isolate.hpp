#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string_view>
#include <vector>

namespace foundation::storage {

struct IsolationLimits {
  std::uint64_t cpu_seconds = 600;
  std::uint64_t memory_bytes = std::uint64_t{8} << 30;  ///< address space
};

/// What to do about a published file that cannot be used.
inline constexpr std::string_view rebuild_hint =
    "if the file belongs to a run, make it anew with 'foundation rebuild RUN'; the journal has it "
    "all";

/// Runs `work` in a child process with limits and returns its bytes. For libraries that hostile
/// or damaged input can crash, as HDF5 1.10 can (its heap of variable-length texts is not checked):
/// a crash, or too much of anything, becomes core::Error{corrupt_data}, an Error of `work` arrives
/// as it was thrown. The calling process must have one thread.
[[nodiscard]] std::vector<std::byte> run_isolated(
    const std::function<std::vector<std::byte>()>& work, const IsolationLimits& limits = {});

}  // namespace foundation::storage
