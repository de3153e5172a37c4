#include "messaging/detail/send_lanes.hpp"

#include <algorithm>
#include <iterator>

#include "messaging/detail/check.hpp"

namespace foundation::messaging::detail {
namespace {

constexpr std::size_t sends_under_way = 2;
constexpr std::size_t spare_buffers = 64;

}  // namespace

void SendLanes::send(MPI_Comm comm, int to, std::size_t channel,
                     std::span<const std::byte> message) {
  if (dropped_[static_cast<std::size_t>(to)]) return;
  Lane& lane = lanes_[static_cast<std::size_t>(to)][channel];
  lane.comm = comm;
  const bool was_empty = lane.empty();
  while (message.size() > part_bytes) {
    send_part(lane, to, message.first(part_bytes), part_tag);
    message = message.subspan(part_bytes);
  }
  send_part(lane, to, message, last_part_tag);
  if (was_empty && !lane.empty()) busy_.emplace_back(to, channel);
}

void SendLanes::send_part(Lane& lane, int to, std::span<const std::byte> part, int tag) {
  std::unique_ptr<Send> send;
  if (spare_.empty()) {
    send = std::make_unique<Send>();
  } else {
    send = std::move(spare_.back());
    spare_.pop_back();
  }
  send->bytes.assign(part.begin(), part.end());
  send->tag = tag;
  if (lane.under_way.size() < sends_under_way && lane.queued.empty()) {
    start(lane, to, std::move(send));
  } else {
    lane.queued.push_back(std::move(send));
  }
}

void SendLanes::start(Lane& lane, int to, std::unique_ptr<Send> send) {
  check(MPI_Isend(send->bytes.data(), static_cast<int>(send->bytes.size()), MPI_BYTE, to, send->tag,
                  lane.comm, &send->request),
        "MPI_Isend");
  int finished = 0;
  check(MPI_Test(&send->request, &finished, MPI_STATUS_IGNORE), "MPI_Test");
  if (finished != 0) {
    recycle(std::move(send));
  } else {
    lane.under_way.push_back(std::move(send));
  }
}

void SendLanes::recycle(std::unique_ptr<Send> send) {
  if (spare_.size() < spare_buffers) spare_.push_back(std::move(send));
}

void SendLanes::advance(Lane& lane, int to) {
  while (!lane.under_way.empty()) {
    int finished = 0;
    check(MPI_Test(&lane.under_way.front()->request, &finished, MPI_STATUS_IGNORE), "MPI_Test");
    if (finished == 0) break;
    recycle(std::move(lane.under_way.front()));
    lane.under_way.pop_front();
  }
  while (!lane.queued.empty() && lane.under_way.size() < sends_under_way) {
    auto send = std::move(lane.queued.front());
    lane.queued.pop_front();
    start(lane, to, std::move(send));
  }
}

bool SendLanes::empty(int to) const noexcept {
  return std::ranges::all_of(lanes_[static_cast<std::size_t>(to)], &Lane::empty);
}

void SendLanes::drop(int to) {
  dropped_[static_cast<std::size_t>(to)] = true;
  for (Lane& lane : lanes_[static_cast<std::size_t>(to)]) {
    std::ranges::move(lane.under_way, std::back_inserter(lost_));
    lane.under_way.clear();
    lane.queued.clear();
  }
  std::erase_if(busy_, [to](const auto& place) { return place.first == to; });
}

void SendLanes::progress() {
  std::erase_if(busy_, [this](const auto& place) {
    Lane& lane = lanes_[static_cast<std::size_t>(place.first)][place.second];
    advance(lane, place.first);
    return lane.empty();
  });
}

}  // namespace foundation::messaging::detail
