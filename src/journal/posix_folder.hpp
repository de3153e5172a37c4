#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/descriptor.hpp"

/// File system calls below one folder, by openat(2) from its descriptor: no name leaves the
/// folder, no symbolic link is followed, everything created is for the owner alone. Errors are
/// core::Error{io} with path and reason. Thread-safe: there is no state but the descriptor.
namespace foundation::journal {

/// Files above this size are refused by `read`: none of ours is that big.
inline constexpr std::size_t max_file_bytes = std::size_t{1} << 30;

enum class FolderAccess {
  read_only,  ///< must exist; anybody's
  write,      ///< created (0700) if missing; must be ours and writable
};

class PosixFolder {
 public:
  PosixFolder(std::filesystem::path path, FolderAccess access);

  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }
  void make_folder(std::string_view name) const;
  [[nodiscard]] std::vector<std::string> list(std::string_view folder) const;
  [[nodiscard]] std::optional<std::vector<std::byte>> read(std::string_view name) const;
  bool create_exclusive(std::string_view name, std::string_view content) const;
  void replace(std::string_view name, std::string_view content) const;

  /// Descriptor of the folder a name lies in, opened anew, and the name within it. `error` is
  /// the errno if it cannot be opened, EINVAL for a name that is not plain and relative.
  struct Location {
    core::Descriptor folder{};
    std::string leaf{};
    int error = 0;
  };
  [[nodiscard]] Location locate(std::string_view name) const noexcept;

 private:
  [[nodiscard]] Location must_locate(std::string_view name) const;
  [[nodiscard]] std::string full(std::string_view name) const;
  void create_root() const;
  void check_root(FolderAccess access) const;

  std::filesystem::path path_;
  core::Descriptor root_;
};

/// All of `bytes` at `offset` in spite of signals and short writes; 0 or errno.
[[nodiscard]] int write_all(int descriptor, const std::byte* bytes, std::size_t size,
                            std::size_t offset) noexcept;

}  // namespace foundation::journal
