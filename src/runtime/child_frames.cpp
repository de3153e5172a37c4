#include "runtime/child_frames.hpp"

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <sys/socket.h>

#include "core/error.hpp"

namespace foundation::runtime {
namespace {

constexpr std::uint64_t longest_frame = std::uint64_t{1} << 34;  // a trainset, at most

void send_all(int socket, const void* data, std::size_t size) {
  const auto* at = static_cast<const std::byte*>(data);
  while (size > 0) {
    const ssize_t sent = ::send(socket, at, size, MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) throw core::system_error("send to", "the other process", errno);
    at += sent;
    size -= static_cast<std::size_t>(sent);
  }
}

/// False: the stream ends before, or fails.
bool receive_all(int socket, void* data, std::size_t size) {
  auto* at = static_cast<std::byte*>(data);
  while (size > 0) {
    const ssize_t got = ::recv(socket, at, size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    at += got;
    size -= static_cast<std::size_t>(got);
  }
  return true;
}

}  // namespace

void send_frame(int socket, std::span<const std::byte> bytes) {
  const std::uint64_t size = bytes.size();
  send_all(socket, &size, sizeof size);
  send_all(socket, bytes.data(), bytes.size());
}

std::optional<Bytes> receive_frame(int socket) {
  std::uint64_t size = 0;
  if (!receive_all(socket, &size, sizeof size) || size > longest_frame) return std::nullopt;
  Bytes bytes(size);
  if (!receive_all(socket, bytes.data(), bytes.size())) return std::nullopt;
  return bytes;
}

}  // namespace foundation::runtime
