#pragma once

#include <string_view>

namespace foundation::core {

enum class LogLevel { debug, info, warning, error, off };

/// Log lines go to stderr, one line each, with level and (once known) rank. Thread-safe.
void log(LogLevel level, std::string_view message);

/// Lowest level that is written; `info` at the start.
void set_log_level(LogLevel level);
/// Prefix each line with this rank (negative: none).
void set_log_rank(int rank);

}  // namespace foundation::core
