#include "new_file.hpp"

#include <cerrno>
#include <string>
#include <fcntl.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation {
namespace {

/// A file under its temporary name, removed again unless it is kept.
class TemporaryFile {
 public:
  explicit TemporaryFile(const std::filesystem::path& target)
      : path_{fmt::format("{}.{}.tmp", target.string(), getpid())},
        descriptor_{open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666)} {
    if (descriptor_ < 0) throw core::system_error("create", target.string(), errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) close(descriptor_);
    if (!path_.empty()) unlink(path_.c_str());
  }

  void write_all(std::string_view text) {
    while (!text.empty()) {
      const ssize_t written = write(descriptor_, text.data(), text.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) throw core::system_error("write", path_, errno);
      text.remove_prefix(static_cast<std::size_t>(written));
    }
    if (fsync(descriptor_) != 0) throw core::system_error("write", path_, errno);
  }

  void keep_as(const std::filesystem::path& target) {
    if (rename(path_.c_str(), target.c_str()) != 0) {
      throw core::system_error("create", target.string(), errno);
    }
    path_.clear();
  }

 private:
  std::string path_;
  int descriptor_;
};

}  // namespace

void write_new_file(const std::filesystem::path& file, std::string_view text, IfExists if_exists) {
  if (std::error_code failed;
      if_exists == IfExists::refuse && std::filesystem::exists(file, failed)) {
    throw core::Error{core::ErrorKind::usage,
                      fmt::format("'{}' exists and is not overwritten", file.string()),
                      "choose another name, or remove it first"};
  }
  TemporaryFile temporary{file};
  temporary.write_all(text);
  temporary.keep_as(file);
}

}  // namespace foundation
