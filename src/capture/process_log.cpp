#include "capture/process_log.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <fstream>
#include <string_view>
#include <fcntl.h>
#include <sys/file.h>

#include <nlohmann/json.hpp>

#include "capture/job_identity.hpp"
#include "capture/window.hpp"
#include "core/error.hpp"

namespace foundation::capture {
namespace {

using nlohmann::json;

constexpr std::string_view sample_ending = R"("what":"sample"})";  // keys stand in their order

std::string line_of(const json& value) {
  return value.dump(-1, ' ', false, json::error_handler_t::replace) + '\n';
}

void take_window(const json& line, std::vector<ProcessWindow>& windows) {
  const std::uint64_t id = parse_id(line.value("id", "")).value_or(0);
  auto it = std::ranges::find(windows, id, &ProcessWindow::id);
  if (it == windows.end()) it = windows.insert(windows.end(), {.id = id, .ended_by = {}});
  const std::int64_t at = line.value("at", std::int64_t{0});
  const std::string state = line.value("state", "");
  if (state == "waiting") it->state = WindowState::waiting;
  if (state == "recording") {
    it->state = WindowState::recording;
    it->from_ns = at;
  }
  if (state == "closed") {
    it->state = WindowState::closed;
    it->ended_by = line.value("ended_by", "");
    if (it->from_ns != 0) it->to_ns = at;
  }
}

void take_line(const json& line, ProcessFacts& facts) {
  const std::string what = line.value("what", "");
  if (what == "begin") {
    facts.host = line.value("host", "");
    facts.rank = line.value("rank", -1);
    facts.ranks = line.value("ranks", 1);
    facts.command = line.value("command", "");
    facts.obstacle = line.value("obstacle", "");
    facts.started_wall_ns = line.value("at", std::int64_t{0});
  } else if (what == "started") {
    facts.process = line.value("process", std::int64_t{0});
    facts.ending = Ending::running;
  } else if (what == "sample") {
    facts.samples.push_back({.wall_ns = line.value("at", std::int64_t{0}),
                             .cpu_s = line.value("cpu_s", 0.0),
                             .resident_bytes = line.value("resident_bytes", std::uint64_t{0}),
                             .threads = line.value("threads", 0U)});
    facts.cpu_s = facts.samples.back().cpu_s;
    facts.peak_bytes = std::max(facts.peak_bytes, facts.samples.back().resident_bytes);
  } else if (what == "window") {
    take_window(line, facts.windows);
  } else if (what == "exited") {
    facts.ending = Ending::exited;
    facts.exit_status = line.value("code", -1);
  } else if (what == "signalled") {
    facts.ending = Ending::signalled;
    facts.signal = line.value("code", 0);
  }
  if (what == "exited" || what == "signalled") {
    facts.cpu_s = line.value("cpu_s", facts.cpu_s);
    facts.peak_bytes = line.value("peak_bytes", facts.peak_bytes);
  }
}

}  // namespace

// Nobody may see the file without its lock and take the wrapper for dead: it gets its name last.
ProcessLog::ProcessLog(const std::filesystem::path& file, const ProcessFacts& facts) {
  const std::string unnamed = file.string() + ".new";
  file_ = core::Descriptor{
      open(unnamed.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600)};
  if (!file_) throw core::system_error("create", unnamed, errno);
  static_cast<void>(flock(file_.get(), LOCK_EX | LOCK_NB));
  append(line_of({{"what", "begin"},
                  {"host", facts.host},
                  {"rank", facts.rank},
                  {"ranks", facts.ranks},
                  {"command", facts.command},
                  {"obstacle", facts.obstacle},
                  {"at", facts.started_wall_ns}}));
  if (std::rename(unnamed.c_str(), file.c_str()) != 0)
    throw core::system_error("create", file.string(), errno);
}

void ProcessLog::append(const std::string& line) noexcept {
  static_cast<void>(::write(file_.get(), line.data(), line.size()) < 0);
}

void ProcessLog::started(std::int64_t process) {
  append(line_of({{"what", "started"}, {"process", process}}));
}

void ProcessLog::sample(const ProcessSample& sample) {
  append(line_of({{"what", "sample"},
                  {"at", sample.wall_ns},
                  {"cpu_s", sample.cpu_s},
                  {"resident_bytes", sample.resident_bytes},
                  {"threads", sample.threads}}));
}

void ProcessLog::window(std::uint64_t id, WindowState state, core::Time at, const char* ended_by) {
  constexpr const char* names[] = {"closed", "waiting", "recording"};
  append(line_of({{"what", "window"},
                  {"id", id_text(id)},
                  {"state", names[static_cast<std::size_t>(state)]},
                  {"at", at.ns},
                  {"ended_by", ended_by}}));
}

void ProcessLog::ended(const ProcessEnd& end) {
  append(line_of({{"what", end.ending == Ending::exited ? "exited" : "signalled"},
                  {"code", end.code},
                  {"cpu_s", end.cpu_s},
                  {"peak_bytes", end.peak_bytes}}));
}

void ProcessLog::release() noexcept { file_.reset(); }

ProcessFacts read_process_log(const std::filesystem::path& file, Samples samples) {
  std::ifstream input{file};
  if (!input) throw core::system_error("open", file.string(), errno);
  ProcessFacts facts;
  for (std::string line; std::getline(input, line);) {
    if (samples == Samples::skip && line.ends_with(sample_ending)) continue;
    const json value = json::parse(line, nullptr, false);
    if (!value.is_object()) continue;
    try {
      take_line(value, facts);
    } catch (const json::exception&) {  // a value of another type: as a line that makes no sense
      continue;
    }
  }
  return facts;
}

bool is_watched(const std::filesystem::path& file) {
  const core::Descriptor descriptor{open(file.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)};
  return descriptor && flock(descriptor.get(), LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK;
}

}  // namespace foundation::capture
