#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "capture/scope.hpp"

namespace foundation::capture {

/// How long a command about a window waits for those who take part.
struct Patience {
  std::chrono::nanoseconds participant{std::chrono::seconds{10}};  ///< for each, once it was seen
  std::chrono::nanoseconds total{std::chrono::seconds{15}};        ///< for all together
};

/// What a window is given beside its scope.
struct WindowOptions {
  std::string label;           ///< for people
  std::uint64_t max_size = 0;  ///< bytes that a process's recording may grow by; 0: any number
  bool strict = false;         ///< it is closed again unless everybody takes part
  Patience patience;
};

/// A time in which a running job is recorded: its id names it on all hosts. A job has one open
/// window at most; the first one is the job's own and has the id of its trace.
struct Window {
  std::uint64_t id = 0;
  Scope scope;
  WindowOptions options;
  std::int64_t opened_wall_ns = 0;  ///< when it was asked for, since 1970-01-01 UTC
  std::int64_t closed_wall_ns = 0;  ///< 0: nobody has closed it

  [[nodiscard]] bool is_open() const noexcept { return closed_wall_ns == 0; }
};

/// Reads "label=x,max_size=1GiB,strict": a JSON object, or `key=value` separated by commas, where
/// a key alone means true. Keys: label, max_size, strict, participant_timeout, total_timeout.
/// Throws core::Error{usage} that names the key and the nearest valid one.
[[nodiscard]] WindowOptions parse_window_options(const std::string& text);

/// The same with the last two keys only; what is not said is as in `otherwise`.
[[nodiscard]] Patience parse_patience(const std::string& text, const Patience& otherwise = {});

/// Eight random bytes of the kernel. Throws core::Error{io}.
[[nodiscard]] std::uint64_t new_window_id();
/// 16 hexadecimal digits; nothing if it is something else. Pure.
[[nodiscard]] std::optional<std::uint64_t> parse_id(std::string_view text);

}  // namespace foundation::capture
