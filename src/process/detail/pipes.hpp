#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

#include "core/descriptor.hpp"

/// What connects us with a program. Descriptors are closed on exec and none is 0, 1 or 2: those are
/// the program's. Throws core::Error{io} where none is to be had.
namespace foundation::process::detail {

inline constexpr std::size_t read_bytes = 65536;  ///< at a time

struct Pipe {
  core::Descriptor reading;
  core::Descriptor writing;
};
[[nodiscard]] Pipe make_pipe();
void make_nonblocking(int descriptor);

/// A file in memory, open for reading from its beginning: the program may read it when it likes.
/// /dev/null for an empty text.
[[nodiscard]] core::Descriptor make_input(std::string_view text);

/// Reads what there is and hands it to `sink` in parts; a sink that returns false has had enough.
/// False: nothing more will come.
[[nodiscard]] bool drain(int descriptor, const std::function<bool(std::string_view)>& sink);

[[nodiscard]] bool has_more(int descriptor);

/// Writes what the pipe takes and cuts it off `text`. False: nobody reads any more.
[[nodiscard]] bool write_some(int descriptor, std::string& text);

}  // namespace foundation::process::detail
