#include "journal/posix_folder.hpp"

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <memory>
#include <utility>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/time.hpp"

namespace foundation::journal {
namespace {

constexpr int folder_flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
constexpr mode_t file_mode = 0600;
constexpr mode_t folder_mode = 0700;

std::string hint_for(int error_number) {
  switch (error_number) {
    case EROFS: return "the file system is mounted read-only: choose another output folder";
    case EACCES:
    case EPERM: return "you have no permission there: check the owner and mode of the folder";
    case ENOTDIR: return "a part of this path is a file (or a symbolic link), not a folder";
    case ELOOP: return "symbolic links are not followed here: give the real path";
    case ENOENT: return "create the folder it lies in first, or check the path";
    case ENOSPC:
    case EDQUOT: return "free some space or quota, then repeat the command: it resumes";
    default: return {};
  }
}

[[noreturn]] void fail(std::string_view action, const std::string& path, int error_number) {
  const core::Error plain = core::system_error(action, path, error_number);
  throw core::Error{core::ErrorKind::io, core::Place{path, 0, 0, {}}, plain.what(),
                    hint_for(error_number)};
}

/// A name for a temporary file that no other process, thread or node uses.
std::string temporary_name(std::string_view leaf) {
  static std::atomic<unsigned> counter{0};
  return fmt::format(".{}.{}.{:x}.{}.tmp", leaf, ::getpid(), core::wall_now(), counter++);
}

/// Unlinks a temporary file unless it has become the real one.
class TemporaryFile {
 public:
  TemporaryFile(int folder, std::string_view leaf)
      : folder_{folder},
        name_{temporary_name(leaf)},
        file_{::openat(folder, name_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                       file_mode)} {}
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (file_) ::unlinkat(folder_, name_.c_str(), 0);
  }

  /// 0 or errno.
  [[nodiscard]] int store(std::string_view content) noexcept {
    if (!file_) return errno;
    const auto* bytes = reinterpret_cast<const std::byte*>(content.data());
    if (const int error = write_all(file_.get(), bytes, content.size(), 0)) return error;
    return ::fsync(file_.get()) == 0 ? 0 : errno;
  }
  /// link(2) to `leaf`; an NFS server may have done it although the reply says otherwise, so the
  /// number of links decides (open(2), O_EXCL).
  [[nodiscard]] int link_to(const std::string& leaf) noexcept {
    const int error = ::linkat(folder_, name_.c_str(), folder_, leaf.c_str(), 0) == 0 ? 0 : errno;
    struct stat status {};
    const bool linked = ::fstat(file_.get(), &status) == 0 && status.st_nlink == 2;
    return linked ? 0 : error;
  }
  /// rename(2) to `leaf`; a retried request may report an error after success.
  [[nodiscard]] int rename_to(const std::string& leaf) noexcept {
    if (::renameat(folder_, name_.c_str(), folder_, leaf.c_str()) == 0) return 0;
    const int error = errno;
    struct stat mine {};
    struct stat there {};
    const bool renamed = ::fstat(file_.get(), &mine) == 0 &&
                         ::fstatat(folder_, leaf.c_str(), &there, AT_SYMLINK_NOFOLLOW) == 0 &&
                         mine.st_ino == there.st_ino && mine.st_dev == there.st_dev;
    return renamed ? 0 : error;
  }

 private:
  int folder_;
  std::string name_;
  core::Descriptor file_;
};

int read_all(int descriptor, std::vector<std::byte>& bytes) {
  std::size_t filled = 0;
  while (true) {
    if (filled == bytes.size()) bytes.resize(filled + 4096);
    if (bytes.size() > max_file_bytes) return EFBIG;
    const ssize_t count = ::read(descriptor, bytes.data() + filled, bytes.size() - filled);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) break;
    filled += static_cast<std::size_t>(count);
  }
  bytes.resize(filled);
  return 0;
}

/// Relative, without empty, "." or ".." parts.
bool is_plain(std::string_view name) noexcept {
  if (name.find('\0') != std::string_view::npos) return false;
  while (true) {
    const std::size_t slash = name.find('/');
    const std::string_view part = name.substr(0, slash);
    if (part.empty() || part == "." || part == "..") return false;
    if (slash == std::string_view::npos) return true;
    name.remove_prefix(slash + 1);
  }
}

}  // namespace

int write_all(int descriptor, const std::byte* bytes, std::size_t size,
              std::size_t offset) noexcept {
  while (size > 0) {
    const ssize_t count = ::pwrite(descriptor, bytes, size, static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return errno;
    if (count == 0) return EIO;
    const auto written = static_cast<std::size_t>(count);
    bytes += written, offset += written, size -= written;
  }
  return 0;
}

PosixFolder::PosixFolder(std::filesystem::path path, FolderAccess access) : path_{std::move(path)} {
  if (access == FolderAccess::write) create_root();
  const bool follow = access == FolderAccess::read_only;  // readers may be given runs/latest
  root_.reset(::open(path_.c_str(), follow ? folder_flags & ~O_NOFOLLOW : folder_flags));
  if (!root_) fail("open the folder", path_.string(), errno);
  check_root(access);
}

void PosixFolder::create_root() const {
  if (::mkdir(path_.c_str(), folder_mode) != 0) {
    if (errno == EEXIST) return;
    fail("create the folder", path_.string(), errno);
  }
  const auto parent = std::filesystem::absolute(path_).lexically_normal().parent_path();
  const core::Descriptor folder{::open(parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!folder || ::fsync(folder.get()) != 0) fail("sync the folder", parent.string(), errno);
}

void PosixFolder::check_root(FolderAccess access) const {
  if (access == FolderAccess::read_only) return;
  struct stat status {};
  if (::fstat(root_.get(), &status) != 0) fail("examine the folder", path_.string(), errno);
  const uid_t user = ::geteuid();
  if (status.st_uid != user && user != 0) {
    throw core::Error{core::ErrorKind::io, core::Place{path_.string(), 0, 0, {}},
                      fmt::format("the folder '{}' belongs to another user (uid {}), who could "
                                  "change what this run relies on",
                                  path_.string(), status.st_uid),
                      "choose an output folder of your own"};
  }
  if (::faccessat(root_.get(), ".", W_OK | X_OK, AT_EACCESS) != 0) {
    fail("write to the folder", path_.string(), errno);
  }
}

std::string PosixFolder::full(std::string_view name) const { return (path_ / name).string(); }

PosixFolder::Location PosixFolder::locate(std::string_view name) const noexcept try {
  if (!is_plain(name)) return {.error = EINVAL};
  Location location{.folder = core::Descriptor{::openat(root_.get(), ".", folder_flags)}};
  while (location.folder) {
    const std::size_t slash = name.find('/');
    location.leaf = name.substr(0, slash);
    if (slash == std::string_view::npos) return location;
    location.folder.reset(::openat(location.folder.get(), location.leaf.c_str(), folder_flags));
    name.remove_prefix(slash + 1);
  }
  location.error = errno;
  return location;
} catch (...) {
  return {.error = ENOMEM};
}

PosixFolder::Location PosixFolder::must_locate(std::string_view name) const {
  Location location = locate(name);
  if (location.error != 0) fail("reach", full(name), location.error);
  return location;
}

void PosixFolder::make_folder(std::string_view name) const {
  const Location at = must_locate(name);
  if (::mkdirat(at.folder.get(), at.leaf.c_str(), folder_mode) != 0 && errno != EEXIST) {
    fail("create the folder", full(name), errno);
  }
  const core::Descriptor made{::openat(at.folder.get(), at.leaf.c_str(), folder_flags)};
  if (!made) fail("open the folder", full(name), errno);
  if (::fsync(at.folder.get()) != 0) fail("sync the folder of", full(name), errno);
}

std::vector<std::string> PosixFolder::list(std::string_view folder) const {
  const Location at = locate(folder);
  core::Descriptor handle;
  if (at.error == 0) handle.reset(::openat(at.folder.get(), at.leaf.c_str(), folder_flags));
  if (!handle) {
    const int error = at.error != 0 ? at.error : errno;
    if (error == ENOENT) return {};
    fail("list the folder", full(folder), error);
  }
  const std::unique_ptr<DIR, int (*)(DIR*)> entries{::fdopendir(handle.get()), ::closedir};
  if (!entries) fail("list the folder", full(folder), errno);
  (void)handle.release();  // closedir closes it
  std::vector<std::string> names;
  errno = 0;
  while (const dirent* entry = ::readdir(entries.get())) {
    if (entry->d_name[0] != '.' && entry->d_type != DT_DIR) names.emplace_back(entry->d_name);
  }
  if (errno != 0) fail("list the folder", full(folder), errno);
  std::sort(names.begin(), names.end());
  return names;
}

std::optional<std::vector<std::byte>> PosixFolder::read(std::string_view name) const {
  const Location at = locate(name);
  core::Descriptor file;
  if (at.error == 0) {
    // O_NONBLOCK: a FIFO somebody put here must not make us wait.
    constexpr int flags = O_RDONLY | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK;
    file.reset(::openat(at.folder.get(), at.leaf.c_str(), flags));
  }
  if (!file) {
    const int error = at.error != 0 ? at.error : errno;
    if (error == ENOENT) return std::nullopt;
    fail("open", full(name), error);
  }
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) fail("examine", full(name), errno);
  if (!S_ISREG(status.st_mode)) fail("read as a regular file", full(name), EINVAL);
  const auto size = static_cast<std::size_t>(status.st_size);
  if (size > max_file_bytes) fail("read", full(name), EFBIG);
  std::vector<std::byte> bytes(size + 1);  // one more: the end is seen without growing
  if (const int error = read_all(file.get(), bytes)) fail("read", full(name), error);
  return bytes;
}

bool PosixFolder::create_exclusive(std::string_view name, std::string_view content) const {
  const Location at = must_locate(name);
  TemporaryFile file{at.folder.get(), at.leaf};
  if (const int error = file.store(content)) fail("create", full(name), error);
  const int error = file.link_to(at.leaf);
  if (error == EEXIST) return false;
  if (error != 0) fail("create (by a hard link)", full(name), error);
  if (::fsync(at.folder.get()) != 0) fail("sync the folder of", full(name), errno);
  return true;
}

void PosixFolder::replace(std::string_view name, std::string_view content) const {
  const Location at = must_locate(name);
  TemporaryFile file{at.folder.get(), at.leaf};
  if (const int error = file.store(content)) fail("write", full(name), error);
  if (const int error = file.rename_to(at.leaf)) fail("replace", full(name), error);
  if (::fsync(at.folder.get()) != 0) fail("sync the folder of", full(name), errno);
}

}  // namespace foundation::journal
