#include "capture/ring_copy.hpp"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstring>
#include <system_error>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "trace/layout.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using trace::FileHeader;
using trace::StreamHeader;

namespace {

constexpr std::uint64_t part_bytes = std::uint64_t{1} << 20;

/// Two open files and a copy of the parts that one has and the other lacks.
class FilePair {
 public:
  FilePair(const fs::path& from, const fs::path& to)
      : to_path_{to},
        from_{open(from.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)},
        to_{open(to.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)} {
    if (!from_) throw core::system_error("open", from.string(), errno);
    if (!to_) throw core::system_error("create", to.string(), errno);
  }

  /// False if the file is shorter.
  bool read(void* place, std::size_t bytes, std::uint64_t offset) const {
    return pread(from_.get(), place, bytes, static_cast<off_t>(offset)) ==
           static_cast<ssize_t>(bytes);
  }
  void write(const void* place, std::size_t bytes, std::uint64_t offset) const {
    const auto* at = static_cast<const char*>(place);
    for (std::size_t done = 0; done < bytes;) {
      const ssize_t wrote =
          pwrite(to_.get(), at + done, bytes - done, static_cast<off_t>(offset + done));
      if (wrote < 0 && errno == EINTR) continue;
      if (wrote <= 0) throw core::system_error("write", to_path_.string(), errno);
      done += static_cast<std::size_t>(wrote);
    }
  }
  void copy(std::uint64_t offset, std::uint64_t bytes) {
    buffer_.resize(part_bytes);
    while (bytes > 0) {
      const std::uint64_t part = std::min(bytes, part_bytes);
      if (!read(buffer_.data(), part, offset)) return;
      write(buffer_.data(), part, offset);
      offset += part;
      bytes -= part;
    }
  }
  void set_size(std::uint64_t bytes) const {
    if (ftruncate(to_.get(), static_cast<off_t>(bytes)) != 0)
      throw core::system_error("write", to_path_.string(), errno);
  }

 private:
  fs::path to_path_;
  core::Descriptor from_, to_;
  std::vector<std::byte> buffer_;
};

template <class Value>
Value plain(const std::atomic<Value>& value) noexcept {
  return value.load(std::memory_order_relaxed);
}

}  // namespace

void RingCopy::copy_new() {
  // Logs last: a copied log that tells of an end has all events before it in the copy.
  const std::vector<fs::path> logs = from_.logs();
  for (const fs::path& file : from_.recordings()) copy_recording(file);
  for (const fs::path& file : logs) copy_log(file);
}

void RingCopy::copy_recording(const fs::path& file) {
  const std::string name = file.filename().string();
  FilePair pair{file, to_.path() / name};
  // What is said to be published is read first, and what that stands for after it.
  alignas(FileHeader) std::byte head[trace::header_bytes];
  if (!pair.read(head, sizeof head, 0)) return;
  const auto& header = *reinterpret_cast<const FileHeader*>(head);
  if (std::memcmp(header.magic, trace::file_magic, sizeof trace::file_magic) != 0) return;
  const std::uint32_t count = std::min(plain(header.streams), trace::stream_limit);
  std::vector<std::byte> streams(count * sizeof(StreamHeader));
  if (!pair.read(streams.data(), streams.size(), trace::header_bytes)) return;
  Progress& progress = progress_[name];
  progress.streams.resize(count);
  const std::uint64_t definitions = plain(header.definitions_published);
  pair.copy(trace::definitions_offset() + progress.definitions, definitions - progress.definitions);
  progress.definitions = definitions;
  const std::uint64_t capacity = header.stream_bytes / sizeof(trace::Event);
  std::uint64_t file_end =
      trace::stream_offset(header.definitions_bytes, header.stream_bytes, count);
  pair.set_size(file_end);
  for (std::uint32_t stream = 0; stream < count; ++stream) {
    alignas(StreamHeader) std::byte raw[sizeof(StreamHeader)];
    std::memcpy(raw, streams.data() + stream * sizeof raw, sizeof raw);
    const std::uint64_t published = plain(reinterpret_cast<const StreamHeader*>(raw)->published);
    const std::uint64_t oldest = published - std::min(published, capacity);
    const std::uint64_t offset =
        trace::stream_offset(header.definitions_bytes, header.stream_bytes, stream);
    for (std::uint64_t next = std::max(progress.streams[stream], oldest); next < published;) {
      const std::uint64_t place = next % capacity;
      const std::uint64_t part = std::min(published - next, capacity - place);
      pair.copy(offset + place * sizeof(trace::Event), part * sizeof(trace::Event));
      next += part;
    }
    progress.streams[stream] = published;
  }
  pair.write(streams.data(), streams.size(), trace::header_bytes);
  pair.write(head, sizeof head, 0);
}

/// Logs are short: the whole again.
void RingCopy::copy_log(const fs::path& file) const {
  const fs::path target = to_.path() / file.filename();
  const fs::path unnamed = target.string() + ".new";
  std::error_code error;
  fs::copy_file(file, unnamed, fs::copy_options::overwrite_existing, error);
  if (error) throw core::system_error("write", unnamed.string(), error.value());
  if (std::rename(unnamed.c_str(), target.c_str()) != 0)
    throw core::system_error("write", target.string(), errno);
}

}  // namespace foundation::capture
