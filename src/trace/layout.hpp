#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "trace/clock.hpp"
#include "trace/event.hpp"

/// Layout of the file that one process records into. It is mapped MAP_SHARED, so whatever was
/// stored is in the file when the process dies, however it dies: the kernel owns the pages.
///
///     0                     FileHeader
///     header_bytes          StreamHeader[stream_limit]
///     definitions_offset    definitions: records one behind the other (see definitions.hpp)
///     stream_offset(n)      events of stream n: stream_bytes each
///
/// The file is sparse: its size is that of the layout, its blocks are those that were used. A
/// stream belongs to one thread; it is written by that thread alone and read by anybody.
namespace foundation::trace {

inline constexpr char file_magic[8] = {'F', 'N', 'D', 'T', 'R', 'A', 'C', 'E'};
/// 2: regions of the program's own, counters and marks, and units of counters. Files of the first
/// version have none of these, and mean the same otherwise.
inline constexpr std::uint32_t file_version = 2;
inline constexpr std::uint32_t oldest_file_version = 1;
inline constexpr std::uint32_t stream_limit = 1024;
inline constexpr std::size_t header_bytes = 4096;
inline constexpr std::size_t chunk_bytes = std::size_t{1} << 20;  ///< blocks are reserved by these

enum class FileState : std::uint32_t {
  recording = 1,  ///< or its process died
  closed = 2,     ///< the process has said that it is done
};

/// What happens when a stream is full. Part of the file format.
enum class FullPolicy : std::uint32_t {
  keep_oldest = 0,  ///< later events are counted and dropped
  keep_newest = 1,  ///< flight recorder: the oldest events are overwritten
};

/// Classes of events, switched by bits of FileHeader::control.
namespace event_class {
inline constexpr std::uint32_t point_to_point = 1U << 0;
inline constexpr std::uint32_t collective = 1U << 1;
inline constexpr std::uint32_t communicator = 1U << 2;  ///< start and end, too; always on
inline constexpr std::uint32_t one_sided = 1U << 3;
inline constexpr std::uint32_t file = 1U << 4;
inline constexpr std::uint32_t other_mpi = 1U << 5;
inline constexpr std::uint32_t region = 1U
                                        << 6;  ///< of the program's own: regions, marks, counters
inline constexpr std::uint32_t sample = 1U << 7;
inline constexpr std::uint32_t all = 0xFFFFFFFFU;
}  // namespace event_class

struct FileHeader {
  char magic[8];
  std::uint32_t version;
  ClockKind clock;
  std::uint64_t trace_id;
  std::uint64_t definitions_offset;
  std::uint64_t definitions_bytes;
  std::uint64_t stream_bytes;  ///< of each stream's events; a power of two, at least chunk_bytes
  FullPolicy full_policy;
  std::atomic<std::uint32_t> process;  ///< pid of who records: the program, or a child of it
  ClockPoint opened;
  char host[64];     ///< zero-terminated
  char boot_id[40];  ///< processes with the same one share a clock

  // Changed while recording, by the process or by those who watch it.
  alignas(64) std::atomic<std::uint32_t> control;  ///< event classes that are recorded
  std::atomic<FileState> state;
  std::atomic<std::int32_t> rank;  ///< in MPI_COMM_WORLD; -1 until known
  std::atomic<std::int32_t> ranks;
  std::atomic<std::uint32_t> streams;  ///< stream headers in use
  std::atomic<std::uint32_t> streams_refused;
  std::atomic<std::uint64_t> definitions_published;  ///< bytes
  std::atomic<std::uint64_t> definitions_dropped;    ///< records that found no room

  ClockPoint closed_at;  ///< valid once the state is `closed`

  /// A late point, by a process that watches this one. `watched_version` is odd while it is
  /// written, 0 if nobody watches.
  alignas(64) std::atomic<std::uint32_t> watched_version;
  ClockPoint watched_at;
};
static_assert(sizeof(FileHeader) <= header_bytes);
static_assert(std::is_standard_layout_v<FileHeader>);
static_assert(std::atomic<std::uint64_t>::is_always_lock_free);

struct alignas(64) StreamHeader {
  std::atomic<std::uint64_t> published;  ///< events written since the start, overwritten ones too
  std::atomic<std::uint64_t> dropped;
  std::atomic<std::uint32_t> thread;  ///< its id in the kernel; 0 until the stream is in use
  std::atomic<std::uint32_t> ended;   ///< 1 once the thread is gone
};
static_assert(sizeof(StreamHeader) == 64);

[[nodiscard]] constexpr std::uint64_t definitions_offset() noexcept {
  return header_bytes + stream_limit * sizeof(StreamHeader);
}
[[nodiscard]] constexpr std::uint64_t stream_offset(std::uint64_t definitions_bytes,
                                                    std::uint64_t stream_bytes,
                                                    std::uint32_t stream) noexcept {
  return definitions_offset() + definitions_bytes + stream * stream_bytes;
}

}  // namespace foundation::trace
