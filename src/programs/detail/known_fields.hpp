#pragma once

#include <span>
#include <string>
#include <string_view>

namespace foundation::programs::detail {

/// Help for a field that is not there: the nearest one that is, or the first few of them.
[[nodiscard]] std::string hint_for_field(std::string_view wanted,
                                         std::span<const std::string_view> known);

}  // namespace foundation::programs::detail
