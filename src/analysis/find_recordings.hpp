#pragma once

#include <filesystem>
#include <vector>

namespace foundation::analysis {

/// The recordings that `path` means: itself if it is a file, else the files *.ftr in that folder
/// in the order of their names. Throws core::Error{bad_input} if there is none, {io} if the path
/// cannot be read.
[[nodiscard]] std::vector<std::filesystem::path> find_recordings(const std::filesystem::path& path);

}  // namespace foundation::analysis
