#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include <mpi.h>

#include "messaging/channels.hpp"
#include "messaging/detail/communicator.hpp"

namespace foundation::messaging::detail {

/// Sends under way and queued, by peer and channel. Buffers stay put while MPI reads them.
class SendLanes {
 public:
  explicit SendLanes(int peers)
      : lanes_(static_cast<std::size_t>(peers)), dropped_(static_cast<std::size_t>(peers)) {}

  void send(MPI_Comm comm, int to, std::size_t channel, std::span<const std::byte> message);
  /// Moves queued sends on.
  void progress();
  [[nodiscard]] bool empty() const noexcept { return busy_.empty(); }
  [[nodiscard]] bool empty(int to) const noexcept;
  /// Sends nothing more to this peer; see Channels::drop.
  void drop(int to);

 private:
  struct Send {
    MPI_Request request = MPI_REQUEST_NULL;
    int tag = last_part_tag;
    std::vector<std::byte> bytes;
  };
  struct Lane {
    Lane() = default;
    Lane(Lane&&) = default;
    Lane& operator=(Lane&&) = default;
    MPI_Comm comm = MPI_COMM_NULL;
    std::deque<std::unique_ptr<Send>> under_way;
    std::deque<std::unique_ptr<Send>> queued;
    [[nodiscard]] bool empty() const noexcept { return under_way.empty() && queued.empty(); }
  };
  void send_part(Lane& lane, int to, std::span<const std::byte> part, int tag);
  void start(Lane& lane, int to, std::unique_ptr<Send> send);
  void advance(Lane& lane, int to);
  void recycle(std::unique_ptr<Send> send);

  std::vector<std::array<Lane, channel_count>> lanes_;
  std::vector<std::pair<int, std::size_t>> busy_;  ///< lanes that are not empty
  std::vector<std::unique_ptr<Send>> spare_;
  std::vector<bool> dropped_;                ///< by peer
  std::vector<std::unique_ptr<Send>> lost_;  ///< under way to the dead: MPI may read them
};

}  // namespace foundation::messaging::detail
