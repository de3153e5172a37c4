#include "cluster/file_system.hpp"

#include <array>
#include <cerrno>
#include <sys/vfs.h>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::cluster {
namespace {

struct Known {
  std::uint64_t magic;
  FileSystemKind kind;
};

// statfs(2) and the sources of the file systems that are not part of the kernel.
constexpr std::array<Known, 19> known{{{0xEF53, {"ext4"}},
                                       {0x58465342, {"xfs"}},
                                       {0x9123683E, {"btrfs"}},
                                       {0x2FC12FC1, {"zfs"}},
                                       {0xF2F52010, {"f2fs"}},
                                       {0x794C7630, {"overlay"}},
                                       {0x01021994, {"tmpfs", false, true}},
                                       {0x858458F6, {"ramfs", false, true}},
                                       {0x6969, {"nfs", true}},
                                       {0x0BD00BD0, {"lustre", true}},
                                       {0x47504653, {"gpfs", true}},
                                       {0x19830326, {"beegfs", true}},
                                       {0x00C36400, {"ceph", true}},
                                       {0xFF534D42, {"cifs", true}},
                                       {0xFE534D42, {"smb2", true}},
                                       {0x5346414F, {"afs", true}},
                                       {0x01021997, {"9p", true}},
                                       {0x65735546, {"fuse", true}},
                                       {0x20030528, {"orangefs", true}}}};

}  // namespace

FileSystemKind file_system_kind(std::uint64_t magic) noexcept {
  for (const Known& entry : known) {
    if (entry.magic == magic) return entry.kind;
  }
  return {};
}

FileSystem inspect_file_system(const std::filesystem::path& folder) {
  struct statfs facts {};
  if (statfs(folder.c_str(), &facts) != 0) {
    throw core::system_error("inspect the file system of", folder.string(), errno);
  }
  const auto magic = static_cast<std::uint64_t>(facts.f_type) & 0xFFFFFFFFU;
  const FileSystemKind kind = file_system_kind(magic);
  const auto block = static_cast<std::uint64_t>(facts.f_bsize);
  return {
      .kind = kind.name.empty() ? fmt::format("unknown (0x{:x})", magic) : std::string{kind.name},
      .is_network = kind.is_network,
      .is_memory = kind.is_memory,
      .size_bytes = static_cast<std::uint64_t>(facts.f_blocks) * block,
      .free_bytes = static_cast<std::uint64_t>(facts.f_bavail) * block,
      .free_files = static_cast<std::uint64_t>(facts.f_ffree),
      .counts_files = facts.f_files != 0};
}

}  // namespace foundation::cluster
