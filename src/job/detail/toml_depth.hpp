#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace foundation::job::detail {

/// Offset in a TOML text where a key gets more than `limit` parts ("a.b.c" has three), if one
/// does. The parser library nests a table for each part without a limit of its own and takes them
/// apart again by recursion: a hostile key of some 100,000 parts would use up the stack.
[[nodiscard]] std::optional<std::size_t> find_deep_key(std::string_view text,
                                                       std::size_t limit) noexcept;

}  // namespace foundation::job::detail
