#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "core/unique_handle.hpp"
#include "trace/definitions.hpp"
#include "trace/event.hpp"
#include "trace/layout.hpp"

namespace foundation::trace {

/// How much of a stream is in the file.
struct StreamExtent {
  std::uint32_t thread = 0;     ///< its id in the kernel
  std::uint64_t oldest = 0;     ///< number of the first event that is still there
  std::uint64_t published = 0;  ///< events written since the start
  std::uint64_t dropped = 0;    ///< events that found no room
  bool ended = false;
};

/// The file of one process, read while it is written, afterwards, or after the process died. The
/// extents are those of the moment of opening. Whatever the file holds, reading it is safe:
/// everything is checked, nothing is mapped.
///
/// Local. One thread at a time; several objects may read the same file.
class Recording {
 public:
  /// Throws core::Error{io} or, if it is no such file, {corrupt_data}.
  explicit Recording(const std::filesystem::path& path);

  struct Facts {
    std::uint64_t trace_id = 0;
    std::uint32_t process = 0;
    std::int32_t rank = -1;  ///< in MPI_COMM_WORLD; -1: it never got that far
    std::int32_t ranks = 0;
    std::string host;
    std::string boot_id;
    ClockKind clock = ClockKind::monotonic_ns;
    FullPolicy full_policy = FullPolicy::keep_oldest;
    bool closed = false;  ///< the process has said that it was done
    std::uint32_t streams_refused = 0;
    std::uint64_t definitions_dropped = 0;
    ClockPoint first, last;  ///< last: the latest known; with the first one if there is no other
  };
  [[nodiscard]] const Facts& facts() const noexcept { return facts_; }
  [[nodiscard]] const std::vector<StreamExtent>& streams() const noexcept { return streams_; }

  /// Events [begin, end) of a stream into `events`. Throws core::Error{io} when the file has
  /// become shorter since.
  void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const;

  /// Calls back with each definition in order; stops at the first that makes no sense.
  using Visitor = std::function<void(DefinitionType, std::span<const std::byte> payload)>;
  void visit_definitions(const Visitor& visitor) const;

 private:
  struct FilePolicy {
    using Raw = int;
    static Raw null() noexcept { return -1; }
    static void close(Raw file) noexcept;
  };
  void pread_all(void* place, std::size_t bytes, std::uint64_t offset) const;
  void read_header();
  void read_streams(std::uint32_t count);

  std::filesystem::path path_;
  core::UniqueHandle<FilePolicy> file_;
  Facts facts_;
  std::uint64_t definitions_bytes_ = 0;
  std::uint64_t definitions_published_ = 0;
  std::uint64_t stream_bytes_ = 0;
  std::vector<StreamExtent> streams_;
};

}  // namespace foundation::trace
