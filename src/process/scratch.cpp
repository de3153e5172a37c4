#include "process/scratch.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"
#include "core/log.hpp"

namespace foundation::process {
namespace {

namespace fs = std::filesystem;

constexpr const char* prefix = "foundation-scratch.";
constexpr const char* unborn_prefix = "foundation-new.";  // not locked yet

fs::path place(fs::path parent) {
  if (!parent.empty()) return parent;
  const char* temporary = std::getenv("TMPDIR");
  return temporary != nullptr && *temporary == '/' ? fs::path{temporary} : fs::path{"/tmp"};
}

/// Folders that a program has closed against its owner cannot be emptied.
void open_to_owner(const fs::path& folder) {
  std::error_code ignored;
  fs::permissions(folder, fs::perms::owner_all, fs::perm_options::add, ignored);
  for (fs::directory_iterator entry{folder, ignored}, end; !ignored && entry != end;
       entry.increment(ignored))
    if (entry->symlink_status(ignored).type() == fs::file_type::directory)
      open_to_owner(entry->path());
}

void remove_tree(const fs::path& path) {
  std::error_code failed;
  fs::remove_all(path, failed);
  if (!failed) return;
  open_to_owner(path);
  fs::remove_all(path, failed);
  if (failed) throw core::system_error("remove", path.string(), failed.value());
}

/// Also when the program has removed it, or put something else there.
void make_empty(const fs::path& folder) {
  std::error_code failed;
  if (!fs::is_directory(fs::symlink_status(folder, failed))) {
    remove_tree(folder);
    if (mkdir(folder.c_str(), S_IRWXU) != 0)
      throw core::system_error("create", folder.string(), errno);
    return;
  }
  fs::directory_iterator entry{folder, failed};
  if (failed) {
    open_to_owner(folder);
    entry = fs::directory_iterator{folder, failed};
  }
  if (failed) throw core::system_error("read", folder.string(), failed.value());
  for (const fs::directory_iterator end; entry != end; entry.increment(failed))
    remove_tree(entry->path());
}

/// A lock on a folder ends with whoever holds it.
int open_locked(const fs::path& folder) {
  const int descriptor = open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
  if (descriptor < 0) return -1;
  if (flock(descriptor, LOCK_EX | LOCK_NB) == 0) return descriptor;
  const int error = errno;
  close(descriptor);
  errno = error;
  return -1;
}

bool is_own_folder(const fs::path& path) {
  struct stat facts {};
  return lstat(path.c_str(), &facts) == 0 && S_ISDIR(facts.st_mode) && facts.st_uid == geteuid();
}

}  // namespace

void ScratchFolder::LockPolicy::close(Raw descriptor) noexcept { ::close(descriptor); }

ScratchFolder::ScratchFolder(fs::path parent) {
  parent = place(std::move(parent));
  remove_abandoned_scratch(parent);
  std::string unborn = (parent / unborn_prefix).string() + "XXXXXX";
  if (mkdtemp(unborn.data()) == nullptr) throw core::system_error("create", unborn, errno);
  lock_.reset(open_locked(unborn));
  // Where folders cannot be locked nobody takes the name for that of an abandoned one.
  folder_ = lock_ ? parent / (prefix + unborn.substr(unborn.size() - 6)) : fs::path{unborn};
  if (lock_ && rename(unborn.c_str(), folder_.c_str()) != 0)
    throw core::system_error("create", folder_.string(), errno);
  work_ = folder_ / "work";
  temporary_ = folder_ / "tmp";
  empty();
}

ScratchFolder::~ScratchFolder() {
  try {
    remove_tree(folder_);
  } catch (const std::exception& error) {
    core::log(core::LogLevel::warning, error.what());
  }
}

void ScratchFolder::empty() {
  make_empty(work_);
  make_empty(temporary_);
}

void remove_abandoned_scratch(fs::path parent) noexcept {
  try {
    std::error_code failed;
    for (fs::directory_iterator entry{place(std::move(parent)), failed}, end;
         !failed && entry != end; entry.increment(failed)) {
      const fs::path& path = entry->path();
      if (!path.filename().string().starts_with(prefix) || !is_own_folder(path)) continue;
      if (const int lock = open_locked(path); lock >= 0) {
        remove_tree(path);
        close(lock);
      }
    }
  } catch (const std::exception& error) {
    core::log(core::LogLevel::debug, error.what());
  }
}

}  // namespace foundation::process
