#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <vector>

#include <mpi.h>

#include "messaging/detail/communicator.hpp"

namespace foundation::messaging::detail {

/// Receives posted ahead on one communicator, taken in the order in which they were posted: MPI
/// matches messages to them in order, so what one sender sent comes in order, too. Posting ahead
/// spares a probe and a copy a message.
class ReceiveRing {
 public:
  ReceiveRing(MPI_Comm comm, std::size_t depth);
  ~ReceiveRing();
  ReceiveRing(ReceiveRing&&) noexcept = default;
  ReceiveRing& operator=(ReceiveRing&&) = delete;

  /// Has the next message come?
  [[nodiscard]] bool test(MPI_Status& status);
  /// The head is complete: takes its message. False if it was only a part of one. The bytes
  /// are valid until `test` is called again.
  bool take(const MPI_Status& status, int& from, std::span<const std::byte>& message);
  /// Throws away the parts of a message whose sender is dead.
  void forget(int sender) { parts_.erase(sender); }

 private:
  void post(std::size_t slot);
  std::vector<MPI_Request> requests_;
  std::vector<std::vector<std::byte>> buffers_;
  std::size_t next_ = 0;
  std::size_t taken_;                            ///< slot to be posted again
  std::map<int, std::vector<std::byte>> parts_;  ///< of long messages, by sender
  std::vector<std::byte> whole_;
};

}  // namespace foundation::messaging::detail
