#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "journal/journal.hpp"

/// File names inside a run folder. Numbers have six digits, so sorting names sorts numbers;
/// names of any other form are not ours and ignored.
namespace foundation::journal {

inline constexpr std::uint32_t max_file_number = 999'999;

struct SegmentName {
  Epoch epoch = 0;
  std::uint32_t segment = 0;
  auto operator<=>(const SegmentName&) const = default;
};

[[nodiscard]] std::string segment_file(SegmentName name);  ///< "journal/E000001-S000001.log"
/// The inverses take the name without its folder.
[[nodiscard]] std::optional<SegmentName> parse_segment_name(std::string_view leaf);
[[nodiscard]] std::optional<Epoch> parse_claim_name(std::string_view leaf);
[[nodiscard]] std::optional<Epoch> parse_watermark_name(std::string_view leaf);

}  // namespace foundation::journal
