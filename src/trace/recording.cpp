#include "trace/recording.hpp"

#include <algorithm>
#include <bit>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/error.hpp"

namespace foundation::trace {
namespace {

using core::Error;
using core::ErrorKind;

constexpr std::uint64_t definitions_limit = std::uint64_t{1} << 32;
constexpr std::uint64_t events_in_block = 16384;
constexpr std::uint64_t stream_bytes_limit = std::uint64_t{1} << 40;

[[noreturn]] void refuse(const std::filesystem::path& path, const std::string& why) {
  throw Error{ErrorKind::corrupt_data, "'" + path.string() + "' is no recording: " + why};
}

template <std::size_t size>
std::string text_of(const char (&text)[size]) {
  return {text, strnlen(text, size)};
}

/// Plain loads are enough: the bytes are a copy of our own.
template <class Value>
Value plain(const std::atomic<Value>& value) noexcept {
  return value.load(std::memory_order_relaxed);
}

}  // namespace

void Recording::FilePolicy::close(Raw file) noexcept { ::close(file); }

Recording::Recording(const std::filesystem::path& path)
    : path_{path}, file_{open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)} {
  if (!file_) throw core::system_error("open", path.string(), errno);
  read_header();
}

void Recording::pread_all(void* place, std::size_t bytes, std::uint64_t offset) const {
  auto* const target = static_cast<char*>(place);
  for (std::size_t done = 0; done < bytes;) {
    const ssize_t got =
        pread(file_.get(), target + done, bytes - done, static_cast<off_t>(offset + done));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw core::system_error("read", path_.string(), errno);
    if (got == 0) refuse(path_, "it is too short");
    done += static_cast<std::size_t>(got);
  }
}

void Recording::read_header() {
  alignas(FileHeader) std::byte copy[sizeof(FileHeader)];
  pread_all(copy, sizeof copy, 0);
  const auto& header = *reinterpret_cast<const FileHeader*>(copy);
  if (std::memcmp(header.magic, file_magic, sizeof file_magic) != 0)
    refuse(path_, "it begins with other bytes");
  if (header.version < oldest_file_version || header.version > file_version)
    refuse(path_, "its format has the version " + std::to_string(header.version) +
                      ", this program reads " + std::to_string(oldest_file_version) + " to " +
                      std::to_string(file_version));
  if (plain(header.state) != FileState::recording && plain(header.state) != FileState::closed)
    refuse(path_, "the process was only about to start it");
  if (header.definitions_offset != definitions_offset() ||
      header.definitions_bytes > definitions_limit || header.stream_bytes > stream_bytes_limit ||
      header.stream_bytes < chunk_bytes || !std::has_single_bit(header.stream_bytes))
    refuse(path_, "its layout makes no sense");
  stream_bytes_ = header.stream_bytes;
  definitions_bytes_ = header.definitions_bytes;
  definitions_published_ = std::min(plain(header.definitions_published), definitions_bytes_);
  facts_ = {.trace_id = header.trace_id,
            .process = plain(header.process),
            .rank = plain(header.rank),
            .ranks = plain(header.ranks),
            .host = text_of(header.host),
            .boot_id = text_of(header.boot_id),
            .clock = header.clock,
            .full_policy = header.full_policy,
            .closed = plain(header.state) == FileState::closed,
            .streams_refused = plain(header.streams_refused),
            .definitions_dropped = plain(header.definitions_dropped),
            .first = header.opened,
            .last = header.opened};
  const std::uint32_t version = plain(header.watched_version);
  if (version != 0 && version % 2 == 0) facts_.last = header.watched_at;
  if (facts_.closed && header.closed_at.ticks > facts_.last.ticks) facts_.last = header.closed_at;
  read_streams(std::min(plain(header.streams), stream_limit));
}

void Recording::read_streams(std::uint32_t count) {
  struct stat file {};
  if (fstat(file_.get(), &file) != 0) throw core::system_error("inspect", path_.string(), errno);
  const auto file_bytes = static_cast<std::uint64_t>(file.st_size);
  const std::uint64_t capacity = stream_bytes_ / sizeof(Event);
  std::vector<std::byte> copy(count * sizeof(StreamHeader));
  pread_all(copy.data(), copy.size(), header_bytes);
  for (std::uint32_t stream = 0; stream < count; ++stream) {
    alignas(StreamHeader) std::byte raw[sizeof(StreamHeader)];
    std::memcpy(raw, copy.data() + stream * sizeof(StreamHeader), sizeof raw);
    const auto& header = *reinterpret_cast<const StreamHeader*>(raw);
    StreamExtent extent{.thread = plain(header.thread),
                        .published = plain(header.published),
                        .dropped = plain(header.dropped),
                        .ended = plain(header.ended) != 0};
    const std::uint64_t kept = std::min(extent.published, capacity);
    extent.oldest = extent.published - kept;
    if (stream_offset(definitions_bytes_, stream_bytes_, stream) + kept * sizeof(Event) >
        file_bytes)
      refuse(path_, "it is shorter than what it says to hold");
    streams_.push_back(extent);
    if (extent.oldest > 0 && !facts_.closed) leave_out_overwritten(stream);
  }
}

/// Time does not go back within a stream: whatever is later than the last event has taken the
/// place of an old one. The place after it may have been half written.
void Recording::leave_out_overwritten(std::uint32_t stream) {
  StreamExtent& extent = streams_[stream];
  Event last;
  read(stream, extent.published - 1, {&last, 1});
  std::vector<Event> events;
  std::uint64_t valid = extent.oldest;
  for (std::uint64_t next = extent.oldest; next < extent.published; next += events.size()) {
    events.resize(std::min<std::uint64_t>(events_in_block, extent.published - next));
    read(stream, next, events);
    for (std::size_t i = 0; i < events.size(); ++i)
      if (events[i].ticks > last.ticks) valid = next + i + 1;
  }
  extent.oldest = std::min(valid + 1, extent.published);
}

void Recording::read(std::uint32_t stream, std::uint64_t begin, std::span<Event> events) const {
  const std::uint64_t capacity = stream_bytes_ / sizeof(Event);
  const std::uint64_t offset = stream_offset(definitions_bytes_, stream_bytes_, stream);
  while (!events.empty()) {
    const std::uint64_t place = begin % capacity;
    const std::uint64_t count = std::min<std::uint64_t>(events.size(), capacity - place);
    pread_all(events.data(), count * sizeof(Event), offset + place * sizeof(Event));
    events = events.subspan(count);
    begin += count;
  }
}

void Recording::visit_definitions(const Visitor& visitor) const {
  std::vector<std::byte> bytes(definitions_published_);
  pread_all(bytes.data(), bytes.size(), definitions_offset());
  for (std::size_t place = 0; place + sizeof(DefinitionHeader) <= bytes.size();) {
    DefinitionHeader header;
    std::memcpy(&header, bytes.data() + place, sizeof header);
    if (header.bytes < sizeof header || header.bytes > bytes.size() - place) return;
    visitor(header.type,
            std::span{bytes}.subspan(place + sizeof header, header.bytes - sizeof header));
    place += (std::size_t{header.bytes} + 7) & ~std::size_t{7};
  }
}

}  // namespace foundation::trace
