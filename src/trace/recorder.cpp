#include "trace/recorder.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <mutex>
#include <new>
#include <fcntl.h>
#include <pthread.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

namespace foundation::trace {
namespace {

constexpr std::uint64_t events_per_chunk = chunk_bytes / sizeof(Event);
constexpr std::uint64_t drops_between_tries = 4096;  ///< of a thread that found no room
constexpr std::atomic<std::uint32_t> off{0};

/// Everything about the file but its hot parts. Never destroyed: threads may record until the end.
struct Recorder {
  int file = -1;
  FileHeader* header = nullptr;
  StreamHeader* streams = nullptr;
  char* definitions = nullptr;
  std::uint64_t definitions_reserved = 0;
  std::uint64_t file_bytes = 0;
  std::uint32_t next_region = 1;
  std::mutex mutex;  ///< for everything that is not a thread's own
};

Recorder& recorder() noexcept {
  alignas(Recorder) static char place[sizeof(Recorder)];
  static auto* const instance = new (place) Recorder;
  return *instance;
}

bool is_open(const Recorder& it) noexcept {
  return it.header != nullptr && detail::control != &off;
}

/// A write behind the limit of a file's size would end the program by SIGXFSZ.
bool fits_size_limit(std::uint64_t bytes) noexcept {
  rlimit limit{};
  return getrlimit(RLIMIT_FSIZE, &limit) == 0 &&
         (limit.rlim_cur == RLIM_INFINITY || bytes <= limit.rlim_cur);
}

bool grow_file(Recorder& it, std::uint64_t bytes) noexcept {
  if (bytes <= it.file_bytes) return true;
  if (!fits_size_limit(bytes)) {
    errno = EFBIG;
    return false;
  }
  if (ftruncate(it.file, static_cast<off_t>(bytes)) != 0) return false;
  it.file_bytes = bytes;
  return true;
}

void* map_file(const Recorder& it, std::uint64_t offset, std::uint64_t bytes) noexcept {
  void* const place =
      mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, it.file, static_cast<off_t>(offset));
  return place == MAP_FAILED ? nullptr : place;
}

/// Blocks must be there before they are touched: on a full file system the touch would end the
/// program by SIGBUS. Then the pages are brought in at once, which is cheaper than one by one.
bool reserve(const Recorder& it, std::uint64_t offset, void* place, std::uint64_t bytes) noexcept {
  if (fallocate(it.file, 0, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0) {
    if (errno != EOPNOTSUPP ||
        posix_fallocate(it.file, static_cast<off_t>(offset), static_cast<off_t>(bytes)) != 0)
      return false;
  }
#ifdef MADV_POPULATE_WRITE
  static_cast<void>(madvise(place, bytes, MADV_POPULATE_WRITE));
#endif
  return true;
}

void read_boot_id(char* text, std::size_t size) noexcept {
  const int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (file < 0) return;
  const ssize_t length = read(file, text, size - 1);
  close(file);
  if (length > 0 && text[length - 1] == '\n') text[length - 1] = '\0';
}

void fill_header(FileHeader& header, const RecorderOptions& options, ClockKind clock) noexcept {
  std::memcpy(header.magic, file_magic, sizeof file_magic);
  header.version = file_version;
  header.clock = clock;
  header.trace_id = options.trace_id;
  header.definitions_offset = definitions_offset();
  header.definitions_bytes = options.definitions_bytes;
  header.stream_bytes = options.stream_bytes;
  header.full_policy = options.full_policy;
  header.process.store(static_cast<std::uint32_t>(getpid()), std::memory_order_relaxed);
  gethostname(header.host, sizeof header.host - 1);
  read_boot_id(header.boot_id, sizeof header.boot_id);
  header.opened = read_clock_point(clock);
  header.rank.store(-1, std::memory_order_relaxed);
  header.control.store(options.control, std::memory_order_relaxed);
  header.state.store(FileState::recording, std::memory_order_release);
}

const char* make_file(Recorder& it, const RecorderOptions& options) noexcept {
  it.file = open(options.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (it.file < 0) return "open";
  const std::uint64_t fixed = stream_offset(options.definitions_bytes, options.stream_bytes, 0);
  if (!grow_file(it, fixed)) return "set the size of";
  auto* const start = static_cast<char*>(map_file(it, 0, fixed));
  if (start == nullptr) return "map";
  if (!reserve(it, 0, start, definitions_offset())) return "reserve space in";
  it.header = new (start) FileHeader{};
  it.streams = reinterpret_cast<StreamHeader*>(start + header_bytes);
  it.definitions = start + definitions_offset();
  return nullptr;
}

bool follows_child = false;

/// The parent's file is not the child's: two writers would destroy each other's events.
void stop() noexcept {
  detail::control = &off;
  detail::writer = {};
}

void after_fork_in_parent() noexcept {
  if (follows_child) stop();
  follows_child = false;
}

/// A child that is followed begins a stream of its own.
void after_fork_in_child() noexcept {
  if (!follows_child) return stop();
  follows_child = false;
  detail::writer = {};
  recorder().header->process.store(static_cast<std::uint32_t>(getpid()), std::memory_order_relaxed);
}

/// Takes the next stream of the file for the calling thread.
bool attach(detail::Writer& writer) noexcept {
  Recorder& it = recorder();
  if (!is_open(it)) return false;
  const std::lock_guard lock{it.mutex};
  const std::uint32_t stream = it.header->streams.load(std::memory_order_relaxed);
  const std::uint64_t bytes = it.header->stream_bytes;
  const std::uint64_t offset = stream_offset(it.header->definitions_bytes, bytes, stream);
  void* events = nullptr;
  if (stream < stream_limit && grow_file(it, offset + bytes)) events = map_file(it, offset, bytes);
  if (events == nullptr) {
    it.header->streams_refused.fetch_add(1, std::memory_order_relaxed);
    return false;
  }
  writer.events = static_cast<Event*>(events);
  writer.mask = bytes / sizeof(Event) - 1;
  writer.header = &it.streams[stream];
  writer.header->thread.store(static_cast<std::uint32_t>(syscall(SYS_gettid)),
                              std::memory_order_relaxed);
  it.header->streams.store(stream + 1, std::memory_order_release);
  return true;
}

/// Marks the stream when its thread ends. What it records in later destructors still counts.
struct EndMark {
  bool armed = false;
  ~EndMark() {
    if (armed && detail::writer.header != nullptr)
      detail::writer.header->ended.store(1, std::memory_order_relaxed);
  }
};
thread_local EndMark end_mark;

std::uint32_t padded(std::uint32_t bytes) noexcept { return (bytes + 7U) & ~7U; }

}  // namespace

namespace detail {

const std::atomic<std::uint32_t>* control = &off;
ClockKind clock = ClockKind::monotonic_ns;
constinit thread_local Writer writer;

bool make_room() noexcept {
  Writer& it = writer;
  static thread_local std::uint64_t refused = 0;
  const int error = errno;  // the program must not see ours
  const auto drop = [&] {
    ++refused;
    if (it.header != nullptr) it.header->dropped.fetch_add(1, std::memory_order_relaxed);
    errno = error;
    return false;
  };
  if (refused % drops_between_tries != 0) return drop();
  if (it.header == nullptr) {
    if (!attach(it)) return drop();
    end_mark.armed = true;
  }
  const std::uint64_t capacity = it.mask + 1;
  if (it.next == capacity && recorder().header->full_policy == FullPolicy::keep_oldest)
    return drop();
  if (it.next == capacity) {
    it.limit = ~std::uint64_t{0};
    return true;
  }
  const Recorder& file = recorder();
  const auto stream = static_cast<std::uint32_t>(it.header - file.streams);
  const std::uint64_t begin = it.next * sizeof(Event);
  if (!reserve(
          file,
          stream_offset(file.header->definitions_bytes, file.header->stream_bytes, stream) + begin,
          it.events + it.next, chunk_bytes))
    return drop();
  it.limit = it.next + events_per_chunk;
  refused = 0;
  errno = error;
  return true;
}

char* append(DefinitionType type, const void* head, std::uint32_t head_bytes, const void* tail,
             std::uint32_t tail_bytes) noexcept {
  Recorder& it = recorder();
  if (!is_open(it)) return nullptr;
  const int error = errno;
  const std::lock_guard lock{it.mutex};
  const DefinitionHeader definition{
      static_cast<std::uint32_t>(sizeof(DefinitionHeader)) + head_bytes + tail_bytes, type, 0};
  const std::uint64_t begin = it.header->definitions_published.load(std::memory_order_relaxed);
  const std::uint64_t end = begin + padded(definition.bytes);
  bool fits = end <= it.header->definitions_bytes;
  while (fits && end > it.definitions_reserved) {
    const std::uint64_t bytes = std::min<std::uint64_t>(
        chunk_bytes, it.header->definitions_bytes - it.definitions_reserved);
    fits = reserve(it, definitions_offset() + it.definitions_reserved,
                   it.definitions + it.definitions_reserved, bytes);
    if (fits) it.definitions_reserved += bytes;
  }
  errno = error;
  if (!fits) {
    it.header->definitions_dropped.fetch_add(1, std::memory_order_relaxed);
    return nullptr;
  }
  char* const place = it.definitions + begin;
  std::memcpy(place, &definition, sizeof definition);
  std::memcpy(place + sizeof definition, head, head_bytes);
  if (tail_bytes > 0) std::memcpy(place + sizeof definition + head_bytes, tail, tail_bytes);
  it.header->definitions_published.store(end, std::memory_order_release);
  return place + sizeof definition;
}

std::uint16_t take_region_id() noexcept {
  Recorder& it = recorder();
  if (!is_open(it)) return 0;
  const std::lock_guard lock{it.mutex};
  if (it.next_region <= std::numeric_limits<std::uint16_t>::max())
    return static_cast<std::uint16_t>(it.next_region++);
  it.header->definitions_dropped.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

}  // namespace detail

const char* open_recorder(const RecorderOptions& options) noexcept {
  Recorder& it = recorder();
  const std::lock_guard lock{it.mutex};
  if (it.header != nullptr) {
    errno = EBUSY;
    return "open a second";
  }
  if (const char* failed = make_file(it, options); failed != nullptr) {
    const int error = errno;
    if (it.file >= 0) close(it.file);
    it.file = -1;
    errno = error;
    return failed;
  }
  detail::clock = best_clock();
  fill_header(*it.header, options, detail::clock);
  pthread_atfork(nullptr, after_fork_in_parent, after_fork_in_child);
  detail::control = &it.header->control;
  return nullptr;
}

void close_recorder() noexcept {
  const Recorder& it = recorder();
  if (!is_open(it)) return;
  it.header->closed_at = read_clock_point(detail::clock);
  it.header->state.store(FileState::closed, std::memory_order_release);
}

void follow_child() noexcept { follows_child = is_open(recorder()); }

bool define(DefinitionType type, const void* head, std::uint32_t head_bytes, const void* tail,
            std::uint32_t tail_bytes) noexcept {
  return detail::append(type, head, head_bytes, tail, tail_bytes) != nullptr;
}

bool define_text(TextKind kind, std::uint32_t subject, const char* text) noexcept {
  const TextDefinition head{kind, subject};
  return define(DefinitionType::text, &head, sizeof head, text,
                static_cast<std::uint32_t>(std::strlen(text) + 1));
}

void set_rank(std::int32_t rank, std::int32_t ranks) noexcept {
  const Recorder& it = recorder();
  if (!is_open(it)) return;
  it.header->ranks.store(ranks, std::memory_order_relaxed);
  it.header->rank.store(rank, std::memory_order_release);
}

std::uint32_t this_stream() noexcept {
  const detail::Writer& it = detail::writer;
  return it.header == nullptr ? stream_limit
                              : static_cast<std::uint32_t>(it.header - recorder().streams);
}

}  // namespace foundation::trace
