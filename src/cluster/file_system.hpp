#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

namespace foundation::cluster {

/// What is known of the file system that holds a folder.
struct FileSystem {
  std::string kind;         ///< "ext4", "nfs", "lustre", ... or "unknown (0x1234)"
  bool is_network = false;  ///< other machines may see it
  bool is_memory = false;   ///< its contents are gone with the machine
  std::uint64_t size_bytes = 0;
  std::uint64_t free_bytes = 0;  ///< for this user
  std::uint64_t free_files = 0;  ///< inodes; 0 where the file system does not count them
  bool counts_files = false;
};

/// Local. Throws core::Error{io} when the folder cannot be reached.
[[nodiscard]] FileSystem inspect_file_system(const std::filesystem::path& folder);

/// The kind of file system by the magic number of statfs(2).
struct FileSystemKind {
  std::string_view name;
  bool is_network = false;
  bool is_memory = false;
};
[[nodiscard]] FileSystemKind file_system_kind(std::uint64_t magic) noexcept;

}  // namespace foundation::cluster
