#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace foundation {

/// Makes traces of so many events ("10M") below `folder`, reads each, puts its events in order,
/// analyses it and makes its HDF5 file, each in a process of its own, and prints rates, times and
/// peak memory. Throws core::Error.
void bench_analyze(const std::filesystem::path& folder, const std::vector<std::string>& sizes,
                   bool json);

}  // namespace foundation
