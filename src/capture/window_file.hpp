#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "capture/trace_folder.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

/// The windows of a job, in the file `windows` of its folder: a JSON value a line, each appended
/// in one call under a lock. Commands write it; the wrappers on all hosts read it and follow.
///
/// Local. Throws core::Error{io}.
class WindowFile {
 public:
  explicit WindowFile(const TraceFolder& folder) : file_{folder.windows()} {}

  /// In the order in which they were opened; lines that make no sense are passed over. Without a
  /// file there is none.
  [[nodiscard]] std::vector<Window> read() const;
  /// Bytes of the file: grows with each change. 0 without a file.
  [[nodiscard]] std::uint64_t size() const noexcept;

  /// Opens a window, and closes the one that is open if it `is_over` for everybody. If it is not,
  /// throws core::Error{conflict}.
  void open(const Window& window, const std::function<bool(const Window&)>& is_over) const;
  void close(std::uint64_t id, std::int64_t wall_ns) const;

 private:
  void append(const std::string& lines) const;
  std::filesystem::path file_;
};

/// The window of a job with this id. Throws core::Error{bad_input} if there is none.
[[nodiscard]] Window find_window(const TraceFolder& folder, std::uint64_t id);
/// The one that is open, or nothing.
[[nodiscard]] std::optional<Window> open_window_of(const std::vector<Window>& windows);

}  // namespace foundation::capture
