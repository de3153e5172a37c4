#pragma once

#include <string>
#include <string_view>

namespace foundation::programs::detail {

/// The whole content of a regular file of the user's, at most 2 GiB. `what` it is called and the
/// `key` that names it are for messages. Throws
/// core::Error{bad_input} when it is missing, no regular file or larger, core::Error{io} when the
/// system refuses to read it.
[[nodiscard]] std::string read_text_file(const std::string& path,
                                         std::string_view what = "trainset",
                                         std::string_view key = "trainset.file");

}  // namespace foundation::programs::detail
