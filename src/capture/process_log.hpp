#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/descriptor.hpp"
#include "core/time.hpp"

namespace foundation::capture {

enum class Ending : std::int8_t { unknown = 0, exited = 1, signalled = 2, running = 3 };

struct ProcessSample {
  std::int64_t wall_ns = 0;  ///< since 1970-01-01 UTC
  double cpu_s = 0;
  std::uint64_t resident_bytes = 0;
  std::uint32_t threads = 0;
};

enum class WindowState : std::int8_t { closed = 0, waiting = 1, recording = 2 };

/// What became of a window in one process.
struct ProcessWindow {
  std::uint64_t id = 0;
  WindowState state = WindowState::closed;
  std::int64_t from_ns = 0;  ///< CLOCK_MONOTONIC of its host: since when it was recorded; 0: never
  std::int64_t to_ns = 0;    ///< until when; 0: it is still
  std::string ended_by;      ///< "stop", "time", "size" or "exit"; empty while it is open
};

/// What its wrapper knows of a traced process.
struct ProcessFacts {
  std::string host;
  std::int64_t process = 0;  ///< pid of the program; 0 until it has started
  std::int32_t rank = -1;    ///< as the launcher says
  std::int32_t ranks = 1;    ///< of the whole job
  std::string command;
  std::string obstacle;  ///< why it was not recorded, in words
  std::int64_t started_wall_ns = 0;
  std::vector<ProcessSample> samples;
  std::vector<ProcessWindow> windows;  ///< in the order in which it came to know them
  Ending ending = Ending::unknown;
  int exit_status = -1;
  int signal = 0;
  double cpu_s = 0;  ///< as last seen
  std::uint64_t peak_bytes = 0;
};

/// How a program ended, and what the kernel says it used.
struct ProcessEnd {
  Ending ending = Ending::unknown;
  int code = 0;  ///< exit status or signal
  double cpu_s = 0;
  std::uint64_t peak_bytes = 0;
};

/// The wrapper's own record, one JSON value a line, each written in one call: a killed wrapper
/// leaves all lines but perhaps the last one whole. While the wrapper watches over the program it
/// holds a lock on the file.
///
/// Local, one thread. Throws core::Error{io} when the file cannot be made; later failures are
/// ignored, as the program must run on a full disk, too.
class ProcessLog {
 public:
  ProcessLog(const std::filesystem::path& file, const ProcessFacts& facts);
  /// Again when a child of the program records in its place.
  void started(std::int64_t process);
  void sample(const ProcessSample& sample);
  /// A window has come to another state in the program; `ended_by` if it is closed.
  void window(std::uint64_t id, WindowState state, core::Time at, const char* ended_by = "");
  void ended(const ProcessEnd& end);
  /// The program has ended and everything about it is written.
  void release() noexcept;

 private:
  void append(const std::string& line) noexcept;
  core::Descriptor file_;
};

enum class Samples { read, skip };  ///< of a long run, nearly everything in its log

/// What the file says; lines that make no sense are passed over. Throws core::Error{io}.
[[nodiscard]] ProcessFacts read_process_log(const std::filesystem::path& file,
                                            Samples samples = Samples::read);
/// Whether a wrapper of this host watches over a program still.
[[nodiscard]] bool is_watched(const std::filesystem::path& file);

}  // namespace foundation::capture
