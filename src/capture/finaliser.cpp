#include "capture/finaliser.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <chrono>
#include <set>
#include <thread>
#include <vector>
#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "capture/merge.hpp"
#include "capture/process_log.hpp"
#include "capture/ring_copy.hpp"
#include "core/error.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds look_again{100};
constexpr std::chrono::milliseconds copy_again{500};
constexpr std::chrono::seconds patience{15};        // for wrappers or hosts that are not there yet
constexpr std::chrono::minutes merge_patience{30};  // of a host for the one that merges
constexpr int lock_descriptor = 3;                  // as the finaliser inherits it

/// The descriptor with the lock survives the exec; everything else of the wrapper does not.
[[noreturn]] void become_finaliser(const FinaliserTask& task, int lock) {
  setsid();
  if (fork() != 0) _exit(0);  // not the wrapper's child, which it would have to reap
  const int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int standard = 0; standard < 3; ++standard) dup2(null, standard);
  if (lock == lock_descriptor) {
    fcntl(lock, F_SETFD, 0);
  } else {
    dup2(lock, lock_descriptor);
  }
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, nullptr);
  const std::string ranks = std::to_string(task.local_ranks);
  execl("/proc/self/exe", "foundation", "trace-finaliser", task.local.path().c_str(),
        task.shared.path().c_str(), task.host.c_str(), ranks.c_str(), static_cast<char*>(nullptr));
  _exit(127);
}

class Finaliser {
 public:
  explicit Finaliser(const FinaliserTask& task)
      : task_{task},
        copies_{task.local.path() != task.shared.path()},
        copy_{task.local, task.shared} {}

  void run() {
    await_wrappers();
    if (copies_) copy_.copy_new();
    static_cast<void>(core::Descriptor{
        open(task_.shared.done(task_.host).c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0600)});
    if (merges()) {
      await_hosts();
      const bool keep = task_.shared.read_job().keep_recordings;
      say(merge(task_.shared, {.output = {},
                               .recordings = keep ? Recordings::keep : Recordings::remove,
                               .if_merging = IfMerging::wait})
              .text());
    } else {
      await_merge();
    }
    if (copies_ && !task_.shared.exists()) {
      std::vector<fs::path> files = task_.local.recordings();
      for (const fs::path& log : task_.local.logs()) files.push_back(log);
      task_.local.remove(files);
    }
  }

  static void say(const std::string& words) {
    static_cast<void>(::write(lock_descriptor, words.data(), words.size()) < 0);
  }

 private:
  void await_wrappers() {
    auto unwatched_since = Clock::now();
    auto copied = Clock::now();
    while (true) {
      const std::vector<fs::path> logs = task_.local.logs_of(task_.host);
      const auto now = Clock::now();
      if (std::ranges::any_of(logs, is_watched)) {
        unwatched_since = now;
      } else {
        const bool all_came = task_.local_ranks > 0 && std::ssize(logs) >= task_.local_ranks;
        if (all_came || now - unwatched_since > patience) return;
      }
      if (copies_ && now - copied >= copy_again) {
        copy_.copy_new();
        copied = Clock::now();
      }
      std::this_thread::sleep_for(look_again);
    }
  }

  /// The lowest rank's host does.
  [[nodiscard]] bool merges() const {
    return std::ranges::any_of(task_.local.logs_of(task_.host),
                               [](const fs::path& log) { return read_process_log(log).rank <= 0; });
  }

  [[nodiscard]] bool all_hosts_done(std::size_t& seen) const {
    std::set<std::string> hosts;
    std::int32_t ranks = 1;
    const std::vector<fs::path> logs = task_.shared.logs();
    for (const fs::path& log : logs) {
      const ProcessFacts facts = read_process_log(log);
      hosts.insert(facts.host);
      ranks = std::max(ranks, facts.ranks);
    }
    const auto done = std::ranges::count_if(hosts, [this](const std::string& host) {
      std::error_code ignored;
      return fs::exists(task_.shared.done(host), ignored);
    });
    seen = logs.size() + static_cast<std::size_t>(done);
    return std::ssize(logs) >= ranks && done == std::ssize(hosts);
  }

  void await_hosts() const {
    std::size_t seen = 0;
    std::size_t before = 0;
    auto changed = Clock::now();
    while (!all_hosts_done(seen)) {
      if (seen != before) changed = Clock::now();
      before = seen;
      if (Clock::now() - changed > patience) return;
      std::this_thread::sleep_for(look_again);
    }
  }

  void await_merge() const {
    const auto begin = Clock::now();
    while (task_.shared.exists() && Clock::now() - begin < merge_patience)
      std::this_thread::sleep_for(look_again);
  }

  FinaliserTask task_;
  bool copies_;
  RingCopy copy_;
};

}  // namespace

void start_finaliser(const FinaliserTask& task) {
  const fs::path file = task.local.finaliser(task.host);
  const int lock =
      open(file.c_str(), O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (lock < 0 && errno == EEXIST) return;
  if (lock < 0) throw core::system_error("create", file.string(), errno);
  static_cast<void>(flock(lock, LOCK_EX | LOCK_NB));
  const pid_t child = fork();
  if (child == 0) become_finaliser(task, lock);
  const int error = errno;
  close(lock);  // the lock stays with the finaliser's copy
  if (child < 0) throw core::system_error("start", "the process that writes the trace", error);
  while (waitpid(child, nullptr, 0) < 0 && errno == EINTR) continue;
}

void run_finaliser(const FinaliserTask& task) {
  try {
    Finaliser{task}.run();
  } catch (const core::Error& error) {
    Finaliser::say(
        fmt::format("trace: {}\ntrace: the recordings are in {}: `foundation trace "
                    "recover` makes the file from them\n",
                    error.what(), task.shared.path().string()));
  }
}

FinaliserView::FinaliserView(const TraceFolder& local, const std::string& host)
    : file_{open(local.finaliser(host).c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)} {}

FinaliserView::~FinaliserView() {
  if (file_ >= 0) close(file_);
}

bool FinaliserView::is_at_work() const noexcept {
  if (file_ < 0) return false;
  if (flock(file_, LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK || errno == EINTR;
  flock(file_, LOCK_UN);
  return false;
}

std::string FinaliserView::last_words() const {
  std::array<char, 4096> text{};
  const ssize_t size = file_ < 0 ? 0 : pread(file_, text.data(), text.size(), 0);
  return {text.data(), size > 0 ? static_cast<std::size_t>(size) : 0};
}

}  // namespace foundation::capture
