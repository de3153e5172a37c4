#pragma once

/// How ranks know that our launcher has started them, and how it finds them again.
namespace foundation::runtime {

/// The number of the attempt, in the environment of the ranks.
inline constexpr const char* launch_variable = "FOUNDATION_LAUNCH";
/// One value an attempt, never used twice: marks every process that belongs to it.
inline constexpr const char* launch_id_variable = "FOUNDATION_LAUNCH_ID";

/// Whether this process is a rank started by `foundation optimize -n` and the like, which then
/// shows the result, makes the last view and tidies up.
[[nodiscard]] bool has_launcher() noexcept;

}  // namespace foundation::runtime
