#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace foundation {

/// Makes traces of so many events ("10M") below `folder`, analyses each in a process of its own,
/// and prints time and peak memory. Throws core::Error.
void bench_analyze(const std::filesystem::path& folder, const std::vector<std::string>& sizes,
                   bool json);

}  // namespace foundation
