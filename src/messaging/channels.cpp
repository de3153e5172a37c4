#include "messaging/channels.hpp"

#include <mpi.h>

#include "messaging/detail/check.hpp"
#include "messaging/detail/communicator.hpp"
#include "messaging/detail/receive_ring.hpp"
#include "messaging/detail/send_lanes.hpp"

namespace foundation::messaging {

using detail::check;

namespace {

/// A test of a channel without messages costs a turn of MPI's progress engine, so the urgent
/// channels are looked at once in so many turns.
constexpr int turns_between_urgent = 16;

/// Receives posted ahead; most messages are leases and results.
constexpr std::size_t ring_depth(std::size_t channel) {
  return channel == static_cast<std::size_t>(Channel::data) ? 16 : 2;
}

detail::Communicator duplicate_world() {
  MPI_Comm raw = MPI_COMM_NULL;
  check(MPI_Comm_dup(MPI_COMM_WORLD, &raw), "MPI_Comm_dup");
  detail::Communicator comm{raw};
  check(MPI_Comm_set_errhandler(raw, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  return comm;
}

}  // namespace

struct Channels::State {
  explicit State(int peers) : lanes{peers} {
    rings.reserve(channel_count);
    for (std::size_t channel = 0; channel < channel_count; ++channel) {
      comms[channel] = duplicate_world();
      rings.emplace_back(comms[channel].get(), ring_depth(channel));
    }
  }
  std::optional<Incoming> receive_on(Channel channel) {
    detail::ReceiveRing& ring = rings[static_cast<std::size_t>(channel)];
    Incoming incoming;
    incoming.channel = channel;
    MPI_Status status;
    while (ring.test(status))
      if (ring.take(status, incoming.from, incoming.bytes)) return incoming;
    return std::nullopt;
  }

  std::array<detail::Communicator, channel_count> comms;
  detail::SendLanes lanes;
  std::vector<detail::ReceiveRing> rings;  // freed before the communicators
  int until_urgent = 0;
};

Channels::Channels(const Session& session) : state_{std::make_unique<State>(session.size())} {}
Channels::~Channels() = default;
Channels::Channels(Channels&&) noexcept = default;
Channels& Channels::operator=(Channels&&) noexcept = default;

void Channels::send(int to, Channel channel, std::span<const std::byte> message) {
  const auto index = static_cast<std::size_t>(channel);
  state_->lanes.send(state_->comms[index].get(), to, index, message);
}

void Channels::progress() { state_->lanes.progress(); }

bool Channels::all_sent() const noexcept { return state_->lanes.empty(); }

bool Channels::all_sent_to(int peer) const noexcept { return state_->lanes.empty(peer); }

void Channels::drop(int peer) {
  state_->lanes.drop(peer);
  for (detail::ReceiveRing& ring : state_->rings) ring.forget(peer);
}

void Channels::abandon() noexcept {
  static std::vector<std::unique_ptr<State>> abandoned;  // reachable: no leak
  if (state_) abandoned.push_back(std::move(state_));
}

void Channels::expect_urgent() noexcept { state_->until_urgent = 0; }

std::optional<Incoming> Channels::receive() {
  if (!state_->lanes.empty()) progress();
  if (--state_->until_urgent <= 0) {
    state_->until_urgent = turns_between_urgent;
    for (const Channel channel : {Channel::control, Channel::events}) {
      if (auto incoming = state_->receive_on(channel)) {
        state_->until_urgent = 0;  // there may be more
        return incoming;
      }
    }
  }
  return state_->receive_on(Channel::data);
}

}  // namespace foundation::messaging
