#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "runtime/wire.hpp"

/// Messages over a stream socket between a worker and a child of its keeper: length, then bytes.
namespace foundation::runtime {

/// Throws core::Error{io} when the other end is gone.
void send_frame(int socket, std::span<const std::byte> bytes);
/// Waits for the next message. Nothing when the other end is gone, or sends what is no message.
[[nodiscard]] std::optional<Bytes> receive_frame(int socket);

}  // namespace foundation::runtime
