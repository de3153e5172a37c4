#include "messaging/channels.hpp"

#include <algorithm>
#include <utility>

#include <mpi.h>

#include "core/unique_handle.hpp"
#include "messaging/detail/check.hpp"

namespace foundation::messaging {

using detail::check;

namespace {

constexpr int message_tag = 1;
constexpr std::size_t sends_under_way = 2;
constexpr std::size_t spare_buffers = 64;

/// close() does nothing once MPI is finalised.
struct CommPolicy {
  using Raw = MPI_Comm;
  static Raw null() noexcept { return MPI_COMM_NULL; }
  static void close(Raw comm) noexcept {
    int finalised = 0;
    if (MPI_Finalized(&finalised) == MPI_SUCCESS && finalised == 0) MPI_Comm_free(&comm);
  }
};
using Communicator = core::UniqueHandle<CommPolicy>;

struct Send {
  MPI_Request request = MPI_REQUEST_NULL;
  std::vector<std::byte> bytes;
};

/// Messages to one peer on one channel. Buffers must stay put while MPI reads them.
struct Lane {
  Lane() = default;
  Lane(Lane&&) = default;
  Lane& operator=(Lane&&) = default;

  std::deque<std::unique_ptr<Send>> under_way;
  std::deque<std::vector<std::byte>> queued;
};

}  // namespace

struct Channels::State {
  std::array<Communicator, channel_count> comms;
  std::vector<std::array<Lane, channel_count>> lanes;  // by peer
  std::vector<std::pair<int, std::size_t>> busy;       // lanes with something under way or queued
  std::vector<std::unique_ptr<Send>> spare;
  std::vector<std::byte> inbox;

  std::unique_ptr<Send> take_spare() {
    if (spare.empty()) return std::make_unique<Send>();
    auto send = std::move(spare.back());
    spare.pop_back();
    return send;
  }

  void start(int to, std::size_t channel, std::unique_ptr<Send> send, Lane& lane) {
    check(MPI_Isend(send->bytes.data(), static_cast<int>(send->bytes.size()), MPI_BYTE, to,
                    message_tag, comms[channel].get(), &send->request),
          "MPI_Isend");
    int finished = 0;
    check(MPI_Test(&send->request, &finished, MPI_STATUS_IGNORE), "MPI_Test");
    if (finished != 0) {
      if (spare.size() < spare_buffers) spare.push_back(std::move(send));
    } else {
      lane.under_way.push_back(std::move(send));
    }
  }

  /// True when the lane is empty.
  bool advance(int to, std::size_t channel) {
    Lane& lane = lanes[static_cast<std::size_t>(to)][channel];
    while (!lane.under_way.empty()) {
      int finished = 0;
      check(MPI_Test(&lane.under_way.front()->request, &finished, MPI_STATUS_IGNORE), "MPI_Test");
      if (finished == 0) break;
      if (spare.size() < spare_buffers) spare.push_back(std::move(lane.under_way.front()));
      lane.under_way.pop_front();
    }
    while (!lane.queued.empty() && lane.under_way.size() < sends_under_way) {
      auto send = take_spare();
      send->bytes = std::move(lane.queued.front());
      lane.queued.pop_front();
      start(to, channel, std::move(send), lane);
    }
    return lane.under_way.empty() && lane.queued.empty();
  }
};

Channels::Channels(const Session& session) : state_{std::make_unique<State>()} {
  for (Communicator& comm : state_->comms) {
    MPI_Comm raw = MPI_COMM_NULL;
    check(MPI_Comm_dup(MPI_COMM_WORLD, &raw), "MPI_Comm_dup");
    comm.reset(raw);
    check(MPI_Comm_set_errhandler(raw, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  }
  state_->lanes.resize(static_cast<std::size_t>(session.size()));
}

Channels::~Channels() = default;
Channels::Channels(Channels&&) noexcept = default;
Channels& Channels::operator=(Channels&&) noexcept = default;

void Channels::send(int to, Channel channel, std::span<const std::byte> message) {
  const auto index = static_cast<std::size_t>(channel);
  Lane& lane = state_->lanes[static_cast<std::size_t>(to)][index];
  const bool was_empty = lane.under_way.empty() && lane.queued.empty();
  if (lane.under_way.size() < sends_under_way && lane.queued.empty()) {
    auto send = state_->take_spare();
    send->bytes.assign(message.begin(), message.end());
    state_->start(to, index, std::move(send), lane);
  } else {
    lane.queued.emplace_back(message.begin(), message.end());
  }
  if (was_empty && !(lane.under_way.empty() && lane.queued.empty()))
    state_->busy.emplace_back(to, index);
}

void Channels::progress() {
  std::erase_if(state_->busy,
                [this](const auto& lane) { return state_->advance(lane.first, lane.second); });
}

std::optional<Incoming> Channels::receive() {
  if (!state_->busy.empty()) progress();
  for (std::size_t channel = 0; channel < channel_count; ++channel) {
    int there = 0;
    MPI_Message message = MPI_MESSAGE_NULL;
    MPI_Status status;
    check(MPI_Improbe(MPI_ANY_SOURCE, message_tag, state_->comms[channel].get(), &there, &message,
                      &status),
          "MPI_Improbe");
    if (there == 0) continue;
    int size = 0;
    check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
    auto& inbox = state_->inbox;
    if (inbox.size() < static_cast<std::size_t>(size)) inbox.resize(static_cast<std::size_t>(size));
    check(MPI_Mrecv(inbox.data(), size, MPI_BYTE, &message, MPI_STATUS_IGNORE), "MPI_Mrecv");
    return Incoming{status.MPI_SOURCE, static_cast<Channel>(channel),
                    std::span{inbox}.first(static_cast<std::size_t>(size))};
  }
  return std::nullopt;
}

bool Channels::all_sent() const noexcept { return state_->busy.empty(); }

}  // namespace foundation::messaging
