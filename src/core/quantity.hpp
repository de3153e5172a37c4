#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "core/time.hpp"

/// Durations, sizes and counts as people write them in job files and on command lines, and back.
/// Parsers return nothing for what they do not understand: the caller knows file and line.
namespace foundation::core {

/// `90s`, `1h30m`, `250ms`, `1-02:00:00`, `HH:MM:SS`, `MM:SS`; a bare number is refused.
[[nodiscard]] std::optional<Duration> parse_duration(std::string_view text);
/// `64KiB`, `2G` (binary), `500MB` (decimal), `1024` (bytes).
[[nodiscard]] std::optional<std::uint64_t> parse_size(std::string_view text);
/// `1000`, `1_000`, `10k`, `2M`.
[[nodiscard]] std::optional<std::uint64_t> parse_count(std::string_view text);

/// `1h30m`, `12.5s`, `250ms`: two units at most.
[[nodiscard]] std::string format_duration(Duration span);
/// `00:12:40` (hours grow beyond two digits).
[[nodiscard]] std::string format_clock(Duration span);
/// `64.0 KiB`.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

/// The entry of `known` nearest to `word` by edit distance (Damerau-Levenshtein, optimal string
/// alignment), if near enough to be a slip of the finger.
[[nodiscard]] std::optional<std::string_view> nearest(std::string_view word,
                                                      std::span<const std::string_view> known);

}  // namespace foundation::core
