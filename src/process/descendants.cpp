#include "process/detail/descendants.hpp"

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <memory>
#include <string>
#include <string_view>
#include <dirent.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/descriptor.hpp"
#include "core/log.hpp"
#include "process/leftovers.hpp"

namespace foundation::process::detail {
namespace {

constexpr core::Duration patience = std::chrono::seconds{5};
constexpr useconds_t pause_us = 500;

/// A file of /proc; empty when its process is gone.
std::string read_proc(const std::string& path) {
  const core::Descriptor file{open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  std::string text;
  if (!file) return text;
  constexpr std::size_t part = 4096;
  while (true) {
    const std::size_t before = text.size();
    text.resize(before + part);
    const ssize_t got = read(file.get(), text.data() + before, part);
    text.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    if (got <= 0) return text;
  }
}

/// The next number of a text; what has been read is cut off. 0 at its end.
std::uint64_t take_number(std::string_view& text) {
  const auto begin = text.find_first_of("0123456789");
  if (begin == std::string_view::npos) return text = {}, 0;
  text.remove_prefix(begin);
  std::uint64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return number;
}

struct CloseFolder {
  void operator()(DIR* folder) const noexcept { closedir(folder); }
};

/// Appends the children of all threads of a process ("self", or a number).
void add_children(const std::string& process, std::vector<pid_t>& children) {
  const std::string tasks = fmt::format("/proc/{}/task", process);
  const std::unique_ptr<DIR, CloseFolder> folder{opendir(tasks.c_str())};
  if (!folder) return;
  while (const dirent* task = readdir(folder.get())) {
    if (task->d_name[0] == '.') continue;
    const std::string text = read_proc(fmt::format("{}/{}/children", tasks, task->d_name));
    std::string_view rest = text;
    while (const auto pid = static_cast<pid_t>(take_number(rest))) children.push_back(pid);
  }
}

core::Duration ticks(std::uint64_t count) {
  static const auto per_second = static_cast<std::uint64_t>(sysconf(_SC_CLK_TCK));
  return core::Duration{static_cast<std::int64_t>(count * (1'000'000'000 / per_second))};
}

core::Duration cpu_of(const rusage& used) {
  return std::chrono::seconds{used.ru_utime.tv_sec + used.ru_stime.tv_sec} +
         std::chrono::microseconds{used.ru_utime.tv_usec + used.ru_stime.tv_usec};
}

bool has_no_child() {
  siginfo_t info{};
  return waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT | __WALL) != 0 && errno == ECHILD;
}

/// One way from a family to none.
class Sweep {
 public:
  explicit Sweep(std::span<const pid_t> spared) : spared_{spared} {}

  FamilyEnd run() {
    const core::Time deadline = core::monotonic_now() + patience;
    stop_all(deadline);
    while (true) {
      std::vector<pid_t> children = targets();
      for (const pid_t child : with_descendants(children)) kill_one(child);
      for (const pid_t child : children) reap(child);
      children = targets();
      if (children.empty()) break;
      if (core::monotonic_now() > deadline) {
        end_.immortal = static_cast<std::uint32_t>(children.size());
        break;
      }
      usleep(pause_us);
    }
    return end_;
  }

 private:
  [[nodiscard]] std::vector<pid_t> targets() const {
    std::vector<pid_t> children = own_children();
    std::erase_if(children,
                  [&](pid_t child) { return std::ranges::find(spared_, child) != spared_.end(); });
    return children;
  }

  /// A stopped process does not fork: once a look finds nobody new, all are known.
  void stop_all(core::Time deadline) {
    std::vector<pid_t> stopped;
    while (core::monotonic_now() < deadline) {
      std::vector<pid_t> found = with_descendants(targets());
      std::ranges::sort(found);
      if (std::ranges::includes(stopped, found)) return;
      for (const pid_t process : found) kill(process, SIGSTOP);
      stopped = std::move(found);
    }
  }

  void kill_one(pid_t process) {
    if (kill(process, SIGKILL) != 0 || std::ranges::find(killed_, process) != killed_.end()) return;
    killed_.push_back(process);
    ++end_.killed;
  }

  void reap(pid_t child) {
    rusage used{};
    if (wait4(child, nullptr, WNOHANG | __WALL, &used) == child) end_.cpu += cpu_of(used);
  }

  std::span<const pid_t> spared_;
  std::vector<pid_t> killed_;
  FamilyEnd end_;
};

}  // namespace

std::vector<pid_t> own_children() {
  std::vector<pid_t> children;
  if (has_no_child()) return children;
  add_children("self", children);
  std::ranges::sort(children);
  return children;
}

std::vector<pid_t> with_descendants(std::span<const pid_t> roots) {
  std::vector<pid_t> family{roots.begin(), roots.end()};
  for (std::size_t at = 0; at < family.size(); ++at)
    add_children(std::to_string(family[at]), family);
  return family;
}

Usage usage_of(pid_t pid) {
  Usage usage;
  const std::string stat = read_proc(fmt::format("/proc/{}/stat", pid));
  const auto name_end = stat.rfind(')');  // the name may hold anything
  if (name_end == std::string::npos || name_end + 2 >= stat.size()) return usage;
  usage.is_zombie = stat[name_end + 2] == 'Z' || stat[name_end + 2] == 'X';
  std::string_view rest = std::string_view{stat}.substr(name_end + 3);
  constexpr int before_times = 10;  // ppid to cmajflt
  for (int field = 0; field < before_times; ++field) take_number(rest);
  std::uint64_t used = 0;  // utime, stime, cutime, cstime
  for (int field = 0; field < 4; ++field) used += take_number(rest);
  usage.cpu = ticks(used);
  if (usage.is_zombie) return usage;
  static const auto page = static_cast<std::uint64_t>(sysconf(_SC_PAGESIZE));
  const std::string statm = read_proc(fmt::format("/proc/{}/statm", pid));
  std::string_view pages = statm;
  take_number(pages);  // address space
  const std::uint64_t resident = take_number(pages);
  const std::uint64_t shared = std::min(take_number(pages), resident);
  usage.private_bytes = (resident - shared) * page;
  usage.shared_bytes = shared * page;
  return usage;
}

FamilyEnd end_family(std::span<const pid_t> spared) {
  if (spared.empty() && has_no_child()) return {};
  return Sweep{spared}.run();
}

}  // namespace foundation::process::detail

namespace foundation::process {

void end_children(std::span<const pid_t> spared) noexcept {
  try {
    static_cast<void>(detail::end_family(spared));
  } catch (const std::exception& error) {
    core::log(core::LogLevel::warning, error.what());
  }
}

}  // namespace foundation::process
