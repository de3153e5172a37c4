#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>

#include "analysis/time_base.hpp"
#include "trace/definitions.hpp"

namespace foundation::exports::detail {

enum class RecordKind : std::uint8_t {
  enter,
  leave,
  leave_at_end,  ///< of a call that never ended
  send,          ///< a message goes out in a call that blocks, or comes in
  receive,
  start_send,  ///< likewise with a request
  end_send,
  start_receive,
  end_receive,
  cancel,            ///< of a request
  begin_collective,  ///< of one that blocks
  end_collective,
  start_collective,  ///< of one with a request
  complete_collective,
  counter,
  mark,
};

/// What a collective does. Values are those of OTF2.
enum class CollectiveFunction : std::uint8_t {
  barrier = 0,
  broadcast = 1,
  gather = 2,
  gather_varying = 3,
  scatter = 4,
  scatter_varying = 5,
  all_gather = 6,
  all_gather_varying = 7,
  all_to_all = 8,
  all_to_all_varying = 9,
  all_to_all_with_types = 10,
  all_reduce = 11,
  reduce = 12,
  reduce_scatter = 13,
  scan = 14,
  exclusive_scan = 15,
  reduce_scatter_block = 16,
};

/// The root of a collective that has none, or whose root this process does not know.
inline constexpr std::int32_t no_root = -1;

/// One event of an OTF2 archive. What a kind has no use for keeps its default.
struct Record {
  RecordKind kind = RecordKind::enter;
  CollectiveFunction function = CollectiveFunction::barrier;
  std::uint32_t region = 0;        ///< index into TraceSet::regions: a region, counter or mark
  std::uint32_t communicator = 0;  ///< index into TraceSet::communicators; 0: unknown
  std::int32_t peer = -1;  ///< rank in the communicator, both sides of which are one behind the
                           ///< other; of a collective, its root
  std::int32_t tag = 0;
  analysis::TraceTime at = 0;
  std::uint64_t bytes = 0;           ///< of the message; of a collective, those given
  std::uint64_t bytes_received = 0;  ///< of a collective
  std::uint64_t request = 0;         ///< unique in its process
  double value = 0;                  ///< of a counter
};

/// Takes the next record of a stream.
using RecordSink = std::function<void(std::uint32_t stream, const Record& record)>;

/// The collective that an MPI function is, if it is one.
[[nodiscard]] std::optional<CollectiveFunction> collective_function(trace::RegionRole role,
                                                                    std::string_view name);

/// Bytes that a process's part in a collective reads and writes, as far as the recorded number,
/// `given`, tells: counts that differ between ranks are known to no single one of them; what is
/// unknown is 0. In place, nothing is given.
struct CollectiveBytes {
  std::uint64_t sent = 0;
  std::uint64_t received = 0;
};
[[nodiscard]] CollectiveBytes collective_bytes(CollectiveFunction function, std::uint64_t given,
                                               std::uint64_t members, bool is_root) noexcept;

}  // namespace foundation::exports::detail
