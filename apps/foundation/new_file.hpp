#pragma once

#include <filesystem>
#include <string_view>

namespace foundation {

enum class IfExists { refuse, replace };

/// Writes a file in one step: it is there in full or not at all (temporary file in the same
/// folder, fsync, rename). Throws core::Error{usage} when the file exists and must not be
/// replaced, core::Error{io} when the system refuses; nothing is left behind then.
void write_new_file(const std::filesystem::path& file, std::string_view text,
                    IfExists if_exists = IfExists::refuse);

}  // namespace foundation
