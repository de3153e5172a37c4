#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <sys/socket.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "core/time.hpp"
#include "messaging/endpoint.hpp"

namespace foundation::messaging::detail {

using Socket = core::Descriptor;

/// A numeric address as the system wants it.
struct SocketAddress {
  sockaddr_storage storage{};
  socklen_t size = 0;
};
/// Nothing if the text is no address.
[[nodiscard]] std::optional<SocketAddress> socket_address(const Endpoint& endpoint);

/// Listens on a port of the system's choice; no socket (and errno) if that does not work.
[[nodiscard]] Socket listen_on(const std::string& address, std::uint16_t& port);
/// Starts to connect, without waiting; no socket (and errno) if there is none to be had.
[[nodiscard]] Socket begin_connect(const Endpoint& endpoint);

/// A connection whose other side is gone (power, cable) is noticed within two seconds: keepalive
/// after one second of silence, and unacknowledged bytes for 1.5 s are an error.
void watch_connection(int socket) noexcept;

/// Acknowledges what has come at once, and not with the next bytes to go: the other side measures
/// the way, not the wait. Holds for a while only: to be said again before each reading.
void acknowledge_at_once(int socket) noexcept;
/// Time until bytes sent were acknowledged, as the kernel smooths it (RFC 6298); nothing before
/// the first.
[[nodiscard]] std::optional<core::Duration> round_trip(int socket) noexcept;

/// Sends what fits without waiting. False if the connection has failed (errno).
[[nodiscard]] bool send_now(int socket, std::span<const std::byte> bytes) noexcept;

/// What a failed connection tells about the other side.
[[nodiscard]] bool means_unreachable(int error_number) noexcept;

}  // namespace foundation::messaging::detail
