#include "analysis/temporary_file.hpp"

#include <cerrno>
#include <cstdlib>
#include <string>
#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"

namespace foundation::analysis {

void TemporaryFile::FilePolicy::close(Raw file) noexcept { ::close(file); }

TemporaryFile::TemporaryFile() {
  const char* const folder = std::getenv("TMPDIR");
  std::string path = folder != nullptr && *folder != '\0' ? folder : "/tmp";
  path += "/foundation.XXXXXX";
  file_.reset(mkostemp(path.data(), O_CLOEXEC));
  if (!file_) throw core::system_error("create", path, errno);
  unlink(path.c_str());
}

std::uint64_t TemporaryFile::append(std::span<const std::byte> bytes) {
  const std::uint64_t begin = size_;
  while (!bytes.empty()) {
    const ssize_t done = pwrite(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(size_));
    if (done < 0 && errno == EINTR) continue;
    if (done < 0) throw core::system_error("write", "a temporary file (TMPDIR)", errno);
    size_ += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
  return begin;
}

void TemporaryFile::read(std::uint64_t offset, std::span<std::byte> bytes) const {
  while (!bytes.empty()) {
    const ssize_t done = pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (done < 0 && errno == EINTR) continue;
    if (done <= 0)
      throw core::system_error("read", "a temporary file (TMPDIR)", done < 0 ? errno : EIO);
    offset += static_cast<std::uint64_t>(done);
    bytes = bytes.subspan(static_cast<std::size_t>(done));
  }
}

}  // namespace foundation::analysis
