#include "capture/window_file.hpp"

#include <algorithm>
#include <cerrno>
#include <fstream>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/job_identity.hpp"
#include "core/descriptor.hpp"
#include "core/error.hpp"

namespace foundation::capture {

using nlohmann::json;

namespace {

std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

std::string opening_line(const Window& window) {
  const WindowOptions& options = window.options;
  return line_of({{"what", "open"},
                  {"id", id_text(window.id)},
                  {"at", window.opened_wall_ns},
                  {"scope", scope_text(window.scope)},
                  {"label", options.label},
                  {"max_size", options.max_size},
                  {"strict", options.strict},
                  {"participant_ns", options.patience.participant.count()},
                  {"total_ns", options.patience.total.count()}});
}

std::string closing_line(std::uint64_t id, std::int64_t wall_ns) {
  return line_of({{"what", "close"}, {"id", id_text(id)}, {"at", wall_ns}});
}

Window window_of(const json& line) {
  Window window;
  window.id = parse_id(line.value("id", "")).value_or(0);
  window.opened_wall_ns = line.value("at", std::int64_t{0});
  window.scope = parse_scope(line.value("scope", ""));
  WindowOptions& options = window.options;
  options.label = line.value("label", "");
  options.max_size = line.value("max_size", std::uint64_t{0});
  options.strict = line.value("strict", false);
  Patience& patience = options.patience;
  const auto span = [&line](const char* name, std::chrono::nanoseconds otherwise) {
    return std::chrono::nanoseconds{line.value(name, std::int64_t{otherwise.count()})};
  };
  patience.participant = span("participant_ns", patience.participant);
  patience.total = span("total_ns", patience.total);
  return window;
}

void take_line(const json& line, std::vector<Window>& windows) {
  const std::string what = line.value("what", "");
  if (what == "open") {
    windows.push_back(window_of(line));
  } else if (what == "close") {
    const std::uint64_t id = parse_id(line.value("id", "")).value_or(0);
    const auto closed = std::ranges::find_if(
        windows, [id](const Window& it) { return it.id == id && it.is_open(); });
    if (closed != windows.end()) closed->closed_wall_ns = line.value("at", std::int64_t{1});
  }
}

}  // namespace

std::vector<Window> WindowFile::read() const {
  std::ifstream input{file_};
  std::vector<Window> windows;
  for (std::string line; std::getline(input, line);) {
    const json value = json::parse(line, nullptr, false);
    if (!value.is_object()) continue;
    try {
      take_line(value, windows);
    } catch (const json::exception&) {  // a value of another type: as a line that makes no sense
      continue;
    } catch (const core::Error&) {  // a scope of another version of the program
      continue;
    }
  }
  return windows;
}

// Opened each time: on NFS, what another host has written is seen by whoever opens the file.
std::uint64_t WindowFile::size() const noexcept {
  const core::Descriptor file{::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  struct stat facts {};
  if (!file || fstat(file.get(), &facts) != 0) return 0;
  return static_cast<std::uint64_t>(facts.st_size);
}

void WindowFile::append(const std::string& lines) const {
  const core::Descriptor file{
      ::open(file_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) throw core::system_error("open", file_.string(), errno);
  if (::write(file.get(), lines.data(), lines.size()) != static_cast<ssize_t>(lines.size()))
    throw core::system_error("write", file_.string(), errno);
}

void WindowFile::open(const Window& window,
                      const std::function<bool(const Window&)>& is_over) const {
  const core::Descriptor file{
      ::open(file_.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file) throw core::system_error("open", file_.string(), errno);
  while (flock(file.get(), LOCK_EX) != 0 && errno == EINTR) continue;
  std::string lines;
  for (const Window& it : read()) {
    if (!it.is_open()) continue;
    if (!is_over(it))
      throw core::Error{core::ErrorKind::conflict,
                        fmt::format("the job is being recorded already, by window {}: it has one "
                                    "at a time",
                                    id_text(it.id)),
                        "close that first: foundation trace stop"};
    lines += closing_line(it.id, window.opened_wall_ns);
  }
  append(lines + opening_line(window));
}

void WindowFile::close(std::uint64_t id, std::int64_t wall_ns) const {
  append(closing_line(id, wall_ns));
}

Window find_window(const TraceFolder& folder, std::uint64_t id) {
  const std::vector<Window> all = WindowFile{folder}.read();
  const auto found = std::ranges::find(all, id, &Window::id);
  if (found != all.end()) return *found;
  throw core::Error{core::ErrorKind::bad_input,
                    fmt::format("the job has no window {}", id_text(id)),
                    "`foundation trace list` shows those it has"};
}

std::optional<Window> open_window_of(const std::vector<Window>& windows) {
  const auto open = std::ranges::find_if(windows, &Window::is_open);
  return open == windows.end() ? std::nullopt : std::optional{*open};
}

}  // namespace foundation::capture
