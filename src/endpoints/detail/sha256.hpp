#pragma once

#include <string>
#include <string_view>

namespace foundation::endpoints::detail {

/// 64 lower-case hexadecimal digits. Cryptographic: two requests with the same digest are the same,
/// whoever wrote them.
[[nodiscard]] std::string sha256_hex(std::string_view bytes);

}  // namespace foundation::endpoints::detail
