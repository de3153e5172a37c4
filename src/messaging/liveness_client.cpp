#include "messaging/liveness_client.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <thread>
#include <utility>
#include <poll.h>
#include <sys/eventfd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "messaging/detail/tcp.hpp"
#include "messaging/liveness_server.hpp"

namespace foundation::messaging {

using core::Duration;
using core::Time;
using detail::Socket;

namespace {

constexpr Duration endpoint_limit = std::chrono::seconds{2};    ///< until a connection stands
constexpr Duration server_patience = std::chrono::seconds{10};  ///< then: it may be busy starting
constexpr Duration pause_between = std::chrono::milliseconds{100};

int to_ms(Duration span) {
  const auto ms = std::chrono::ceil<std::chrono::milliseconds>(span).count();
  return static_cast<int>(std::clamp<std::int64_t>(ms, 0, 1'000'000'000));
}

bool wait_for(int socket, short events, Time deadline) {
  pollfd watched{socket, events, 0};
  while (true) {
    const Duration left = deadline - core::monotonic_now();
    const int ready = poll(&watched, 1, to_ms(left));
    if (ready > 0) return true;
    if (ready == 0 && left.count() <= 0) return false;
  }
}

/// Why an attempt failed; empty: it did not.
std::string prove_identity(int socket, const SessionKey& key, std::uint32_t rank, Time deadline) {
  ClientHandshake handshake{key, rank, fresh_nonce()};
  while (true) {
    if (!wait_for(socket, POLLIN, deadline)) return "no answer";
    std::array<std::byte, 64> bytes;
    const ssize_t got =
        recv(socket, bytes.data(), std::min(handshake.wanted(), bytes.size()), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) continue;
    if (got < 0) return std::strerror(errno);
    if (got == 0) return "closed by the other side";
    const auto state = handshake.feed(std::span{bytes}.first(static_cast<std::size_t>(got)));
    if (state == HandshakeState::accepted) return {};
    if (state == HandshakeState::refused) return "it is not this session's rank 0";
    if (const auto response = handshake.take_response(); !response.empty())
      if (!detail::send_now(socket, response)) return std::strerror(errno);
  }
}

std::string try_endpoint(const Endpoint& endpoint, const SessionKey& key, std::uint32_t rank,
                         Time deadline, Socket& connected) {
  Socket socket = detail::begin_connect(endpoint);
  if (!socket) return std::strerror(errno);
  if (!wait_for(socket.get(), POLLOUT, deadline)) return "no answer";
  int error_number = 0;
  socklen_t size = sizeof error_number;
  getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error_number, &size);
  if (error_number != 0) return std::strerror(error_number);
  std::string failure =
      prove_identity(socket.get(), key, rank, core::monotonic_now() + server_patience);
  if (failure.empty()) connected = std::move(socket);
  return failure;
}

}  // namespace

struct LivenessClient::State {
  Socket socket;
  Socket waker{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  std::string end;
};

LivenessClient::LivenessClient(const std::vector<Endpoint>& endpoints, const SessionKey& key,
                               std::uint32_t rank, Duration limit)
    : state_{std::make_unique<State>()} {
  const Time deadline = core::monotonic_now() + limit;
  std::string tried;
  do {
    tried.clear();
    for (const Endpoint& endpoint : endpoints) {
      const Time until = std::min(deadline, core::monotonic_now() + endpoint_limit);
      const std::string failure = try_endpoint(endpoint, key, rank, until, state_->socket);
      if (failure.empty()) return;
      tried += fmt::format("{}{} port {}: {}", tried.empty() ? "" : "; ", endpoint.address,
                           endpoint.port, failure);
    }
    std::this_thread::sleep_for(pause_between);
  } while (core::monotonic_now() < deadline);
  throw core::Error{core::ErrorKind::infrastructure,
                    fmt::format("rank {} cannot reach rank 0 over TCP ({})", rank,
                                tried.empty() ? "no address was offered" : tried),
                    "name the network in OMPI_MCA_btl_tcp_if_include, or set "
                    "execution.liveness = \"mpi\""};
}

LivenessClient::~LivenessClient() = default;
LivenessClient::LivenessClient(LivenessClient&&) noexcept = default;
LivenessClient& LivenessClient::operator=(LivenessClient&&) noexcept = default;

LivenessClient::Heard LivenessClient::wait(Duration span) {
  std::array<pollfd, 2> watched{
      {{state_->socket.get(), POLLIN, 0}, {state_->waker.get(), POLLIN, 0}}};
  detail::acknowledge_at_once(state_->socket.get());
  if (poll(watched.data(), watched.size(), to_ms(span)) <= 0 || watched[0].revents == 0)
    return Heard::nothing;
  std::array<std::byte, 64> bytes;
  const ssize_t got = recv(state_->socket.get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
  if (got < 0 && (errno == EAGAIN || errno == EINTR)) return Heard::nothing;
  if (got <= 0) {
    state_->end = got == 0 ? "connection closed" : std::strerror(errno);
    return Heard::gone;
  }
  const auto heard = std::span{bytes}.first(static_cast<std::size_t>(got));
  return std::ranges::find(heard, leave_byte) == heard.end() ? Heard::beat : Heard::leave;
}

void LivenessClient::beat() noexcept {
  static_cast<void>(detail::send_now(state_->socket.get(), {&beat_byte, 1}));
}

void LivenessClient::wake() noexcept { eventfd_write(state_->waker.get(), 1); }

const std::string& LivenessClient::end() const noexcept { return state_->end; }

}  // namespace foundation::messaging
