#include "messaging/liveness_server.hpp"

#include <array>
#include <cerrno>
#include <cstring>
#include <map>
#include <utility>
#include <sys/epoll.h>
#include <sys/resource.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "messaging/detail/tcp.hpp"

namespace foundation::messaging {

using detail::Socket;

namespace {

constexpr int events_at_once = 64;
constexpr rlim_t spare_descriptors = 256;

/// Who sends what: the number that epoll hands back.
constexpr std::uint64_t listener_base = std::uint64_t{1} << 62;
constexpr std::uint64_t stranger_base = std::uint64_t{1} << 61;  // below: a rank

std::string error_text(int error_number) { return std::strerror(error_number); }

/// One connection a rank may be more than the usual soft limit of open files.
void allow_descriptors(std::uint32_t ranks) {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  const rlim_t wanted = std::min<rlim_t>(limit.rlim_max, 2 * rlim_t{ranks} + spare_descriptors);
  if (limit.rlim_cur >= wanted) return;
  limit.rlim_cur = wanted;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace

struct LivenessServer::State {
  struct Stranger {
    Socket socket;
    ServerHandshake handshake;
    core::Time since;
  };

  State(const SessionKey& session_key, LivenessServerOptions given)
      : key{&session_key}, options{given}, ranks(given.ranks) {}

  void watch(int socket, std::uint64_t number) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = number;
    epoll_ctl(poll.get(), EPOLL_CTL_ADD, socket, &event);
  }

  void admit(int listener, core::Time now) {
    while (true) {
      Socket socket{accept4(listener, nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
      if (!socket) return;
      if (strangers.size() >= options.strangers + options.ranks) refuse(strangers.begin());
      detail::watch_connection(socket.get());
      ServerHandshake handshake{*key, options.ranks, fresh_nonce()};
      if (!detail::send_now(socket.get(), handshake.challenge())) {
        ++refused;
        continue;
      }
      const std::uint64_t number = stranger_base + next_stranger++;
      watch(socket.get(), number);
      strangers.emplace(number, Stranger{std::move(socket), std::move(handshake), now});
    }
  }

  using StrangerPlace = std::map<std::uint64_t, Stranger>::iterator;
  StrangerPlace refuse(StrangerPlace it) {
    ++refused;
    return strangers.erase(it);
  }

  void hear_stranger(std::uint64_t number, std::vector<ConnectionEvent>& events) {
    const auto it = strangers.find(number);
    if (it == strangers.end()) return;
    Stranger& stranger = it->second;
    std::array<std::byte, response_bytes> bytes;
    const ssize_t got =
        recv(stranger.socket.get(), bytes.data(), stranger.handshake.wanted(), MSG_DONTWAIT);
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (got <= 0) {
      refuse(it);
      return;
    }
    const auto state =
        stranger.handshake.feed(std::span{bytes}.first(static_cast<std::size_t>(got)));
    if (state == HandshakeState::reading) return;
    const std::uint32_t rank = stranger.handshake.rank();
    if (state == HandshakeState::refused || ranks[rank] || was_closed[rank] ||
        !detail::send_now(stranger.socket.get(), stranger.handshake.proof())) {
      refuse(it);
      return;
    }
    Socket socket = std::move(stranger.socket);
    strangers.erase(it);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = rank;
    epoll_ctl(poll.get(), EPOLL_CTL_MOD, socket.get(), &event);
    ranks[rank] = std::move(socket);
    events.push_back({rank, ConnectionEvent::Kind::opened});
  }

  void hear_rank(std::uint32_t rank, std::vector<ConnectionEvent>& events) {
    if (rank >= ranks.size() || !ranks[rank]) return;
    std::array<std::byte, 64> bytes;
    const ssize_t got = recv(ranks[rank].get(), bytes.data(), bytes.size(), MSG_DONTWAIT);
    if (got > 0) return events.push_back({rank, ConnectionEvent::Kind::heard});
    if (got < 0 && (errno == EAGAIN || errno == EINTR)) return;
    const int error_number = got == 0 ? 0 : errno;
    end(rank, error_number, events);
  }

  void end(std::uint32_t rank, int error_number, std::vector<ConnectionEvent>& events) {
    ranks[rank].reset();
    was_closed[rank] = true;
    using Kind = ConnectionEvent::Kind;
    const Kind kind = detail::means_unreachable(error_number) ? Kind::unreachable : Kind::closed;
    events.push_back(
        {rank, kind, error_number == 0 ? "connection closed" : error_text(error_number)});
  }

  void beat(core::Time now, std::vector<ConnectionEvent>& events) {
    next_beat = now + options.beat_interval;
    for (std::uint32_t rank = 0; rank < ranks.size(); ++rank)
      if (ranks[rank] && !detail::send_now(ranks[rank].get(), {&beat_byte, 1}))
        end(rank, errno, events);
    for (auto it = strangers.begin(); it != strangers.end();)
      it = now - it->second.since >= options.handshake_limit ? refuse(it) : std::next(it);
  }

  const SessionKey* key;
  LivenessServerOptions options;
  Socket poll;
  std::vector<Socket> listeners;
  std::vector<Endpoint> endpoints;
  std::vector<Socket> ranks;
  std::vector<bool> was_closed = std::vector<bool>(ranks.size());
  std::map<std::uint64_t, Stranger> strangers;  ///< oldest first
  std::uint64_t next_stranger = 0;
  std::uint64_t refused = 0;
  core::Time next_beat;
};

LivenessServer::LivenessServer(const SessionKey& key, const std::vector<std::string>& addresses,
                               LivenessServerOptions options)
    : state_{std::make_unique<State>(key, options)} {
  allow_descriptors(options.ranks);
  state_->poll = Socket{epoll_create1(EPOLL_CLOEXEC)};
  int last_error = state_->poll ? EADDRNOTAVAIL : errno;
  for (const std::string& address : addresses) {
    Endpoint endpoint{address};
    Socket listener = detail::listen_on(address, endpoint.port);
    if (!listener) {
      last_error = errno;
      continue;
    }
    state_->watch(listener.get(), listener_base + state_->listeners.size());
    state_->listeners.push_back(std::move(listener));
    state_->endpoints.push_back(std::move(endpoint));
  }
  if (state_->listeners.empty())
    throw core::Error{
        core::ErrorKind::infrastructure,
        fmt::format("rank 0 cannot listen for the other ranks: {}", error_text(last_error)),
        "name MPI's network in OMPI_MCA_btl_tcp_if_include, or set "
        "execution.liveness = \"mpi\""};
}

LivenessServer::~LivenessServer() = default;
LivenessServer::LivenessServer(LivenessServer&&) noexcept = default;
LivenessServer& LivenessServer::operator=(LivenessServer&&) noexcept = default;

const std::vector<Endpoint>& LivenessServer::endpoints() const noexcept {
  return state_->endpoints;
}

std::vector<ConnectionEvent> LivenessServer::poll(core::Time now) {
  std::vector<ConnectionEvent> events;
  std::array<epoll_event, events_at_once> ready;
  const int count = epoll_wait(state_->poll.get(), ready.data(), events_at_once, 0);
  for (int i = 0; i < count; ++i) {
    const std::uint64_t number = ready[static_cast<std::size_t>(i)].data.u64;
    if (number >= listener_base)
      state_->admit(state_->listeners[number - listener_base].get(), now);
    else if (number >= stranger_base)
      state_->hear_stranger(number, events);
    else
      state_->hear_rank(static_cast<std::uint32_t>(number), events);
  }
  if (now >= state_->next_beat) state_->beat(now, events);
  return events;
}

void LivenessServer::say_leave(std::uint32_t rank) {
  if (is_connected(rank))
    static_cast<void>(detail::send_now(state_->ranks[rank].get(), {&leave_byte, 1}));
}

void LivenessServer::close(std::uint32_t rank) {
  if (rank >= state_->ranks.size()) return;
  state_->was_closed[rank] = true;
  state_->ranks[rank].reset();
}

bool LivenessServer::is_connected(std::uint32_t rank) const noexcept {
  return rank < state_->ranks.size() && static_cast<bool>(state_->ranks[rank]);
}

std::optional<core::Duration> LivenessServer::round_trip(std::uint32_t rank) const noexcept {
  if (!is_connected(rank)) return std::nullopt;
  return detail::round_trip(state_->ranks[rank].get());
}

std::uint64_t LivenessServer::refused() const noexcept { return state_->refused; }
std::size_t LivenessServer::strangers() const noexcept { return state_->strangers.size(); }

}  // namespace foundation::messaging
