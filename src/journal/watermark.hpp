#pragma once

#include <cstddef>
#include <map>
#include <optional>
#include <span>
#include <string>

#include "journal/journal.hpp"

namespace foundation::journal {

/// Content of a watermark file: "<sequence> <crc32c of the digits>\n".
[[nodiscard]] std::string format_watermark(Sequence sequence);
/// Nothing if the content is damaged: a missing lower bound is no error.
[[nodiscard]] std::optional<Sequence> parse_watermark(std::span<const std::byte> content);
/// The valid watermarks of a run by epoch.
[[nodiscard]] std::map<Epoch, Sequence> read_watermarks(const Disk& disk);

}  // namespace foundation::journal
