#include "interpose/hooks.hpp"

#include <algorithm>
#include <cstddef>
#include <limits>
#include <sys/mman.h>

namespace foundation::interpose {

constinit thread_local bool Call::inside_ = false;
std::atomic<bool> Call::cancels_{false};

void define_function(RegionRole role, const char* name) noexcept {
  static_cast<void>(trace::define_region(role, name, "", 0));
}

int counts_of(MPI_Comm comm) noexcept {
  int inter = 0;
  int size = 0;
  library.comm_test_inter(comm, &inter);
  (inter != 0 ? library.comm_remote_size : library.comm_size)(comm, &size);
  return size;
}

std::uint64_t Call::received_many(const MPI_Status& status) noexcept {
  MPI_Count bytes = 0;
  library.get_elements_x(&status, constants.byte, &bytes);
  return bytes < 0 ? 0 : static_cast<std::uint64_t>(bytes);
}

void* thread_memory(int which, std::size_t bytes) noexcept {
  struct Block {
    void* place = nullptr;
    std::size_t bytes = 0;
    ~Block() {
      if (place != nullptr) munmap(place, bytes);
    }
  };
  constexpr std::size_t smallest = 16 << 10;
  static thread_local Block blocks[2];
  Block& block = blocks[which];
  if (bytes <= block.bytes) return block.place;
  const std::size_t wanted = std::max(smallest, 2 * bytes);
  void* const place =
      mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (place == MAP_FAILED) return nullptr;
  if (block.place != nullptr) munmap(block.place, block.bytes);
  block.place = place;
  block.bytes = wanted;
  return place;
}

void Call::complete(Bits request, const MPI_Status& status) noexcept {
  if (request == 0) return;
  int cancelled = 0;
  if (cancels_.load(std::memory_order_relaxed)) library.test_cancelled(&status, &cancelled);
  if (cancelled != 0) return cancel(request);
  constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
  trace::record({.ticks = trace::now(),
                 .kind = EventKind::complete,
                 .region = region_,
                 .peer = peer_of(status.MPI_SOURCE),
                 .tag = tag_of(status.MPI_TAG),
                 .communicator = static_cast<std::uint32_t>(std::min(received(status), most)),
                 .value = request});
}

void Call::complete_all(const Requests& requests, const MPI_Status statuses[]) noexcept {
  if (statuses == MPI_STATUSES_IGNORE) return;
  for (int i = 0; i < requests.count(); ++i) complete(requests[i], statuses[i]);
}

void Call::complete_some(const Requests& requests, int count, const int indices[],
                         const MPI_Status statuses[]) noexcept {
  if (count == MPI_UNDEFINED || statuses == MPI_STATUSES_IGNORE) return;
  for (int i = 0; i < count; ++i) complete(requests[indices[i]], statuses[i]);
}

}  // namespace foundation::interpose
