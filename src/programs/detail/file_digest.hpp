#pragma once

#include <string>

#include "core/hash.hpp"

namespace foundation::programs::detail {

/// Of a file's contents, as part of the identity of what it belongs to. Throws
/// core::Error{bad_input} if it cannot be read.
[[nodiscard]] core::Digest file_digest(const std::string& path);

}  // namespace foundation::programs::detail
