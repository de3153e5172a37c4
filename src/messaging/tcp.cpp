#include "messaging/detail/tcp.hpp"

#include <cerrno>
#include <cstring>
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>

namespace foundation::messaging::detail {
namespace {

constexpr int unacknowledged_limit_ms = 1500;
constexpr int keepalive_idle_s = 1;
constexpr int keepalive_interval_s = 1;
constexpr int keepalive_probes = 2;
constexpr int backlog = 4096;  // every rank comes at once; the system has a limit of its own

void set(int socket, int level, int option, int value) noexcept {
  setsockopt(socket, level, option, &value, sizeof value);
}

}  // namespace

std::optional<SocketAddress> socket_address(const Endpoint& endpoint) {
  SocketAddress address;
  auto* four = reinterpret_cast<sockaddr_in*>(&address.storage);
  if (inet_pton(AF_INET, endpoint.address.c_str(), &four->sin_addr) == 1) {
    four->sin_family = AF_INET;
    four->sin_port = htons(endpoint.port);
    address.size = sizeof *four;
    return address;
  }
  auto* six = reinterpret_cast<sockaddr_in6*>(&address.storage);
  if (inet_pton(AF_INET6, endpoint.address.c_str(), &six->sin6_addr) != 1) return std::nullopt;
  six->sin6_family = AF_INET6;
  six->sin6_port = htons(endpoint.port);
  address.size = sizeof *six;
  return address;
}

Socket listen_on(const std::string& address, std::uint16_t& port) {
  const auto at = socket_address({address, 0});
  if (!at) {
    errno = EINVAL;
    return {};
  }
  Socket listener{socket(at->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!listener ||
      bind(listener.get(), reinterpret_cast<const sockaddr*>(&at->storage), at->size) != 0 ||
      listen(listener.get(), backlog) != 0)
    return {};
  SocketAddress bound;
  bound.size = sizeof bound.storage;
  if (getsockname(listener.get(), reinterpret_cast<sockaddr*>(&bound.storage), &bound.size) != 0)
    return {};
  port = ntohs(bound.storage.ss_family == AF_INET
                   ? reinterpret_cast<const sockaddr_in*>(&bound.storage)->sin_port
                   : reinterpret_cast<const sockaddr_in6*>(&bound.storage)->sin6_port);
  return listener;
}

Socket begin_connect(const Endpoint& endpoint) {
  const auto to = socket_address(endpoint);
  if (!to) {
    errno = EINVAL;
    return {};
  }
  Socket client{socket(to->storage.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
  if (!client) return {};
  watch_connection(client.get());
  const int started =
      connect(client.get(), reinterpret_cast<const sockaddr*>(&to->storage), to->size);
  if (started != 0 && errno != EINPROGRESS) return {};
  return client;
}

void watch_connection(int socket) noexcept {
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, keepalive_idle_s);
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, keepalive_interval_s);
  set(socket, IPPROTO_TCP, TCP_KEEPCNT, keepalive_probes);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, unacknowledged_limit_ms);
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

void acknowledge_at_once(int socket) noexcept { set(socket, IPPROTO_TCP, TCP_QUICKACK, 1); }

std::optional<core::Duration> round_trip(int socket) noexcept {
  tcp_info info{};
  socklen_t size = sizeof info;
  if (getsockopt(socket, IPPROTO_TCP, TCP_INFO, &info, &size) != 0 || info.tcpi_rtt == 0)
    return std::nullopt;
  return std::chrono::microseconds{info.tcpi_rtt};
}

bool send_now(int socket, std::span<const std::byte> bytes) noexcept {
  const ssize_t sent = send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  return sent >= 0 || errno == EAGAIN || errno == EINTR;
}

bool means_unreachable(int error_number) noexcept {
  return error_number == ETIMEDOUT || error_number == EHOSTUNREACH || error_number == ENETUNREACH ||
         error_number == ENETDOWN || error_number == EHOSTDOWN;
}

}  // namespace foundation::messaging::detail
