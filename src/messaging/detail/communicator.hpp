#pragma once

#include <cstddef>

#include <mpi.h>

#include "core/unique_handle.hpp"

namespace foundation::messaging::detail {

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

inline constexpr std::size_t part_bytes = std::size_t{256} << 10;  ///< of a message, at most
inline constexpr int last_part_tag = 1;
inline constexpr int part_tag = 2;  ///< more parts of the same message follow

}  // namespace foundation::messaging::detail
