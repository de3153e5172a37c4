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
#include "trace/event_source.hpp"
#include "trace/layout.hpp"

namespace foundation::trace {

/// The file of one process, read while it is written, afterwards, or after the process died. The
/// extents are those of the moment of opening; of a full flight recorder whose process is not done,
/// without what was being overwritten at that moment or, in a copy, while it was copied. Whatever
/// the file holds, reading it is safe: everything is checked, nothing is mapped.
///
/// Local. One thread at a time; several objects may read the same file.
class Recording final : public EventSource {
 public:
  /// Throws core::Error{io} or, if it is no such file, {corrupt_data}.
  explicit Recording(const std::filesystem::path& path);

  /// Throws core::Error{io} when the file has become shorter since.
  void read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const override;

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
  void leave_out_overwritten(std::uint32_t stream);

  std::filesystem::path path_;
  core::UniqueHandle<FilePolicy> file_;
  std::uint64_t definitions_bytes_ = 0;
  std::uint64_t definitions_published_ = 0;
  std::uint64_t stream_bytes_ = 0;
};

}  // namespace foundation::trace
