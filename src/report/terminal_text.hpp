#pragma once

#include <string>
#include <string_view>

namespace foundation::report {

/// Text from outside (names, parameters, answers, reasons) made safe for one line of a terminal:
/// control characters of all kinds, line breaks and marks that turn the direction of writing
/// become visible escapes such as `\x1b`, broken UTF-8 becomes U+FFFD.
[[nodiscard]] std::string visible(std::string_view text);

/// `visible`, cut to at most `limit` characters with an ellipsis at the end.
[[nodiscard]] std::string visible(std::string_view text, std::size_t limit);

}  // namespace foundation::report
