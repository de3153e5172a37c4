#pragma once

#include <filesystem>
#include <optional>
#include <span>
#include <string_view>

#include "core/hash.hpp"
#include "storage/file_reader.hpp"
#include "storage/isolate.hpp"
#include "storage/memory_tables.hpp"

namespace foundation::storage {

/// Copies tables (all of them if none is named), and the attributes of the whole, of a published
/// file into memory. The file may come from anywhere: it is read in a child process
/// (run_isolated), so that the worst a damaged file can do is an error. Tables the file does not
/// have are left out. Throws as FileReader does, and core::Error{corrupt_data} for a crash or
/// when the limits (`limits_for(path)` if none are given) are exceeded.
[[nodiscard]] MemoryTables load_tables(const std::filesystem::path& path,
                                       std::span<const std::string_view> wanted = {},
                                       std::optional<IsolationLimits> limits = {},
                                       FileKind kind = FileKind::run);

/// The attributes of the whole alone, read in the same way.
[[nodiscard]] MemoryTables load_attributes(const std::filesystem::path& path,
                                           std::optional<IsolationLimits> limits = {});

/// Digest of everything the file really holds; isolated in the same way.
[[nodiscard]] core::Digest load_content_digest(const std::filesystem::path& path,
                                               std::optional<IsolationLimits> limits = {});

/// Ample for a sound file of this size.
[[nodiscard]] IsolationLimits limits_for(const std::filesystem::path& path);

}  // namespace foundation::storage
