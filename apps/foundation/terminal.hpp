#pragma once

#include <cstdio>
#include <string>
#include <string_view>

namespace foundation {

enum class Colour { green, yellow, red, none };

/// Whether text on `stream` may be coloured: only on a terminal that can, and not against
/// NO_COLOR; FORCE_COLOR colours anything (https://no-color.org, https://force-color.org).
[[nodiscard]] bool wants_colour(std::FILE* stream) noexcept;

/// `text` in a colour, or as it is.
[[nodiscard]] std::string in_colour(std::string_view text, Colour colour, bool wanted);

}  // namespace foundation
