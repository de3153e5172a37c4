#include "programs/detail/file_digest.hpp"

#include <array>
#include <cerrno>
#include <span>
#include <fcntl.h>
#include <unistd.h>

#include "core/error.hpp"

namespace foundation::programs::detail {
namespace {

constexpr std::size_t read_bytes = 65536;

[[noreturn]] void reject(const std::string& path, int error) {
  throw core::Error{
      core::ErrorKind::bad_input, core::system_error("read", path, error).what(),
      "the contents of a program are part of the job's identity: it must be readable"};
}

}  // namespace

core::Digest file_digest(const std::string& path) {
  const int file = open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) reject(path, errno);
  core::Hasher hasher;
  std::array<std::byte, read_bytes> buffer{};
  ssize_t got = 0;
  while ((got = read(file, buffer.data(), buffer.size())) > 0)
    hasher.add_bytes(std::span{buffer}.first(static_cast<std::size_t>(got)));
  const int error = errno;
  close(file);
  if (got < 0) reject(path, error);
  return hasher.digest();
}

}  // namespace foundation::programs::detail
