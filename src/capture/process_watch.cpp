#include "capture/process_watch.hpp"

#include <cstring>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/descriptor.hpp"
#include "core/time.hpp"
#include "trace/clock.hpp"

namespace foundation::capture {
namespace {

// Fields of /proc/PID/stat behind the name of the program, counted from the state (proc(5)).
constexpr std::size_t user_ticks = 11, system_ticks = 12, thread_count = 17, resident_pages = 21;

}  // namespace

std::optional<ProcessSample> sample_process(pid_t process) {
  std::ifstream file{"/proc/" + std::to_string(process) + "/stat"};
  std::string text;
  if (!std::getline(file, text)) return std::nullopt;
  const std::size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return std::nullopt;
  std::istringstream rest{text.substr(name_end + 1)};
  const std::vector<std::string> fields{std::istream_iterator<std::string>{rest}, {}};
  if (fields.size() <= resident_pages) return std::nullopt;
  const auto number = [&fields](std::size_t i) {
    return std::strtoull(fields[i].c_str(), nullptr, 10);
  };
  return ProcessSample{
      .wall_ns = core::wall_now(),
      .cpu_s = static_cast<double>(number(user_ticks) + number(system_ticks)) /
               static_cast<double>(sysconf(_SC_CLK_TCK)),
      .resident_bytes = number(resident_pages) * static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE)),
      .threads = static_cast<std::uint32_t>(number(thread_count))};
}

RecordingWatch::~RecordingWatch() {
  if (header_ != nullptr) munmap(header_, trace::header_bytes);
}

bool RecordingWatch::open() noexcept {
  if (header_ != nullptr) return true;
  const core::Descriptor file{::open(file_.c_str(), O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
  struct stat facts {};
  if (!file || fstat(file.get(), &facts) != 0 ||
      facts.st_size < static_cast<off_t>(trace::header_bytes))
    return false;
  void* const place =
      mmap(nullptr, trace::header_bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file.get(), 0);
  if (place == MAP_FAILED) return false;
  auto* const header = static_cast<trace::FileHeader*>(place);
  // The state is stored last: before it the header is none.
  const auto state = header->state.load(std::memory_order_acquire);
  if (std::memcmp(header->magic, trace::file_magic, sizeof trace::file_magic) != 0 ||
      header->version != trace::file_version ||
      (state != trace::FileState::recording && state != trace::FileState::closed)) {
    munmap(place, trace::header_bytes);
    return false;
  }
  header_ = header;
  return true;
}

void RecordingWatch::note_time() noexcept {
  if (!open()) return;
  const std::uint32_t version = header_->watched_version.load(std::memory_order_relaxed);
  header_->watched_version.store(version | 1U, std::memory_order_relaxed);
  std::atomic_thread_fence(std::memory_order_release);
  header_->watched_at = trace::read_clock_point(header_->clock);
  header_->watched_version.store((version | 1U) + 1, std::memory_order_release);
}

bool RecordingWatch::set_control(std::uint32_t classes) noexcept {
  if (!open()) return false;
  header_->control.store(classes, std::memory_order_relaxed);
  return true;
}

pid_t RecordingWatch::process() noexcept {
  return open() ? static_cast<pid_t>(header_->process.load(std::memory_order_relaxed)) : 0;
}

std::uint64_t RecordingWatch::bytes() const noexcept {
  constexpr std::uint64_t block = 512;  // whatever the file system's is (stat(2))
  struct stat facts {};
  return stat(file_.c_str(), &facts) == 0 ? static_cast<std::uint64_t>(facts.st_blocks) * block : 0;
}

}  // namespace foundation::capture
