#include "messaging/detail/receive_ring.hpp"

#include <utility>

#include "messaging/detail/check.hpp"

namespace foundation::messaging::detail {

ReceiveRing::ReceiveRing(MPI_Comm comm, std::size_t depth)
    : requests_(depth, MPI_REQUEST_NULL),
      buffers_(depth, std::vector<std::byte>(part_bytes)),
      taken_{depth} {
  for (std::size_t slot = 0; slot < depth; ++slot) {
    check(MPI_Recv_init(buffers_[slot].data(), static_cast<int>(part_bytes), MPI_BYTE,
                        MPI_ANY_SOURCE, MPI_ANY_TAG, comm, &requests_[slot]),
          "MPI_Recv_init");
    post(slot);
  }
}

ReceiveRing::~ReceiveRing() {
  int finalised = 0;
  if (MPI_Finalized(&finalised) != MPI_SUCCESS || finalised != 0) return;
  for (MPI_Request& request : requests_) {
    MPI_Cancel(&request);
    MPI_Wait(&request, MPI_STATUS_IGNORE);
    MPI_Request_free(&request);
  }
}

void ReceiveRing::post(std::size_t slot) { check(MPI_Start(&requests_[slot]), "MPI_Start"); }

// What was taken is posted again only here, when its reader has answered it.
bool ReceiveRing::test(MPI_Status& status) {
  if (taken_ < requests_.size()) post(std::exchange(taken_, requests_.size()));
  int completed = 0;
  check(MPI_Test(&requests_[next_], &completed, &status), "MPI_Test");
  return completed != 0;
}

bool ReceiveRing::take(const MPI_Status& status, int& from, std::span<const std::byte>& message) {
  taken_ = next_;
  next_ = (next_ + 1) % requests_.size();
  int size = 0;
  check(MPI_Get_count(&status, MPI_BYTE, &size), "MPI_Get_count");
  const auto part =
      std::span<const std::byte>{buffers_[taken_]}.first(static_cast<std::size_t>(size));
  from = status.MPI_SOURCE;
  if (status.MPI_TAG == last_part_tag && parts_.empty()) {
    message = part;
    return true;
  }
  std::vector<std::byte>& collected = parts_[from];
  collected.insert(collected.end(), part.begin(), part.end());
  if (status.MPI_TAG == part_tag) return false;
  whole_ = std::move(collected);
  parts_.erase(from);
  message = whole_;
  return true;
}

}  // namespace foundation::messaging::detail
