#pragma once

/// How ranks know that our launcher has started them, and how it finds them again.
namespace foundation::runtime {

/// The number of the attempt, in the environment of the ranks.
inline constexpr const char* launch_variable = "FOUNDATION_LAUNCH";
/// One value an attempt, never used twice: marks every process that belongs to it, and the epochs
/// that its rank 0 claims. Those of one launcher begin in the same way.
inline constexpr const char* launch_id_variable = "FOUNDATION_LAUNCH_ID";

/// Whether ranks are expected to die here: launch_variable is set. A rank then ends without
/// waiting for others and, to its process manager, well.
[[nodiscard]] bool has_launcher() noexcept;
/// Whether a launcher waits for the end of the run, to make the last view and to show the result:
/// launch_id_variable is set.
[[nodiscard]] bool launcher_finishes() noexcept;

}  // namespace foundation::runtime
