#pragma once

namespace foundation::core {

/// Ends this process without exit handlers and destructors of static objects: for when a library
/// would wait there for a peer that is gone. Standard output and error are flushed; what test
/// builds collect (coverage, leaks) is not lost.
[[noreturn]] void end_process_now(int exit_status) noexcept;

/// From now on `end_process` ends by `end_process_now`.
void forbid_exit_handlers() noexcept;
/// For `return` in main: the status, unless exit handlers are forbidden; then it does not return.
[[nodiscard]] int end_process(int exit_status) noexcept;

}  // namespace foundation::core
