#pragma once

#include <optional>
#include <string_view>

namespace foundation::runtime {

/// Catches SIGINT, SIGTERM and SIGUSR1 from now on. The first one asks for a graceful stop; a
/// second SIGINT, at least 0.3 s later, ends the process at once with status 3: nothing durable
/// is lost by that. (Launchers may deliver the same signal twice within moments.)
void catch_stop_signals();
/// On workers: the coordinator decides, so the same signals are ignored.
void ignore_stop_signals();
/// Name of the signal that asked for a stop, if one did.
[[nodiscard]] std::optional<std::string_view> stop_requested() noexcept;

}  // namespace foundation::runtime
