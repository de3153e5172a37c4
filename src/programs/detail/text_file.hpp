#pragma once

#include <string>

namespace foundation::programs::detail {

/// The whole content of a regular file of the user's, at most 2 GiB. Throws
/// core::Error{bad_input} when it is missing, no regular file or larger, core::Error{io} when the
/// system refuses to read it.
[[nodiscard]] std::string read_text_file(const std::string& path);

}  // namespace foundation::programs::detail
