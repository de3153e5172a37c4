#include "new_folder.hpp"

#include <cerrno>
#include <cstdio>
#include <string>
#include <system_error>
#include <utility>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

/// A file or a folder.
void sync(const fs::path& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) throw core::system_error("open", path.string(), errno);
  const int failure = fsync(descriptor) == 0 ? 0 : errno;
  close(descriptor);
  if (failure != 0) throw core::system_error("write", path.string(), failure);
}

/// Without what a user may add to make it a folder: 'name/' is 'name'.
fs::path without_slash(const fs::path& path) {
  return path.has_filename() ? path : path.parent_path();
}

}  // namespace

NewFolder::NewFolder(const fs::path& target) : target_{without_slash(target)} {
  if (std::error_code failed; fs::exists(fs::symlink_status(target_, failed)))
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("'{}' exists and is not overwritten", target_.string()),
                      "choose another name, or remove it first"};
  temporary_ = fmt::format("{}.{}.tmp", target_.string(), getpid());
  std::error_code failed;
  if (!fs::create_directory(temporary_, failed)) {
    const int number = failed ? failed.value() : EEXIST;
    throw core::system_error("create", std::exchange(temporary_, {}).string(), number);
  }
}

NewFolder::~NewFolder() {
  if (temporary_.empty()) return;
  std::error_code ignored;
  fs::remove_all(temporary_, ignored);
}

void NewFolder::keep() {
  for (const auto& entry : fs::recursive_directory_iterator{temporary_}) sync(entry.path());
  sync(temporary_);
  if (rename(temporary_.c_str(), target_.c_str()) != 0)
    throw core::system_error("create", target_.string(), errno);
  temporary_.clear();
}

}  // namespace foundation
