#pragma once

#include <cstdint>
#include <string_view>

#include "core/time.hpp"

namespace foundation::process {

/// What becomes of output beyond the limit.
enum class Excess : std::uint8_t {
  end,   ///< it ends the program
  drop,  ///< it is read and forgotten
};

/// What a program may use; 0: no limit.
///
/// `wall`, `cpu`, `memory_bytes` and `processes` count the program and everything that descends
/// from it, whoever has adopted it: they are measured while it runs, every 20 ms or less often if
/// measuring takes long, so a program may be over a limit for that long. (The kernel's own limits
/// are of little use here: RLIMIT_NPROC counts all processes of the user and does not bind root,
/// RLIMIT_AS and RLIMIT_CPU are a limit of each process.) Memory is what is private to each
/// process plus the largest share one of them has in files and shared memory.
struct Limits {
  core::Duration wall{0};
  core::Duration cpu{0};
  std::uint64_t memory_bytes = 0;
  std::uint32_t processes = 0;
  std::uint64_t address_space_bytes = 0;  ///< RLIMIT_AS of each process: allocations fail beyond
  std::uint64_t file_bytes = 0;           ///< RLIMIT_FSIZE of each process: SIGXFSZ beyond
  std::uint64_t output_bytes = 0;         ///< of stdout that is kept
  Excess excess = Excess::end;
  /// From SIGTERM to SIGKILL when the time is up; for other limits it is SIGKILL at once.
  core::Duration grace = std::chrono::seconds{1};
};

/// Which limit a program ran into.
enum class Limit : std::uint8_t { none, wall, cpu, memory, processes, file, output };
[[nodiscard]] std::string_view name_of(Limit limit) noexcept;

}  // namespace foundation::process
