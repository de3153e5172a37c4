#pragma once

#include <filesystem>
#include <functional>

#include "core/hash.hpp"
#include "storage/file_writer.hpp"

namespace foundation::storage {

/// Makes `target` anew in one step: readers see the old file or the new one, never part of it,
/// whatever is killed when. The new file (mode 0600) is written under a temporary name in the
/// same folder, synced, renamed, and the folder is synced. Temporary files of dead processes of
/// this machine, and any older than a day, are removed first. Returns the content's digest.
/// Throws core::Error{io}; `target` is then untouched and the temporary file gone.
core::Digest publish_file(const std::filesystem::path& target, Layout layout,
                          const std::function<void(FileWriter&)>& fill);

/// The same for a file that may be larger than memory, compressed, without a digest: HDF5 writes
/// the temporary file itself. After an Error{io}, as on a full disk, HDF5 must not be used again in
/// this process.
void publish_large_file(const std::filesystem::path& target,
                        const std::function<void(FileWriter&)>& fill);

}  // namespace foundation::storage
