#include "capture/wrapper.hpp"

#include <array>
#include <bit>
#include <cerrno>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture/finaliser.hpp"
#include "capture/group_witness.hpp"
#include "capture/hydra.hpp"
#include "capture/job_identity.hpp"
#include "capture/process_log.hpp"
#include "capture/process_watch.hpp"
#include "capture/trace_folder.hpp"
#include "capture/window_follower.hpp"
#include "core/error.hpp"
#include "core/time.hpp"
#include "storage/process_stamp.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;

namespace {

constexpr std::chrono::milliseconds sample_again{1000};
constexpr std::chrono::milliseconds look_for_end{50};

JobIdentity this_job() {
  const storage::ProcessStamp self = storage::this_process();
  return identify_job(
      [](const char* name) -> std::optional<std::string> {
        const char* const value = std::getenv(name);
        return value == nullptr ? std::nullopt : std::optional<std::string>{value};
      },
      fmt::format("process {} {} {} {}", storage::this_host(), self.boot_id, self.pid,
                  self.start_ticks),
      hydra_server);
}

/// All that can be caught and means something to a program. Those that stop and continue a process
/// group are left alone: wrapper and program stop together.
sigset_t passed_signals() {
  sigset_t set;
  sigfillset(&set);
  for (const int signal : {SIGKILL, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGCONT})
    sigdelset(&set, signal);
  return set;
}

class Wrapper {
 public:
  explicit Wrapper(const WrapperOptions& options)
      : options_{options},
        job_{this_job()},
        host_{storage::this_host()},
        output_{fs::absolute(options.output.empty()
                                 ? fs::path{"trace-" + id_text(job_.trace_id()) + ".h5"}
                                 : options.output)},
        shared_{TraceFolder::of(output_, job_.trace_id())},
        local_{TraceFolder::of(output_, job_.trace_id(),
                               options.folder.empty() ? fs::path{} : fs::absolute(options.folder))},
        executable_{inspect_executable(options.command, options.recorders)},
        recording_{local_.recording(host_, getpid())} {}

  int run() {
    make_folders();
    if (first_rank() && !options_.quiet) tell_what_to_expect();
    ProcessLog log{local_.log(host_, getpid()), facts()};
    start_finaliser({local_, shared_, host_, job_.in_parallel() ? job_.local_ranks : 1});
    const FinaliserView finaliser{local_, host_};
    block_signals();
    witness_.emplace();
    follower_.emplace(WindowFile{shared_}, participant(), own_window());
    start_program();
    recorded_ = program_;
    log.started(program_);
    watch(log);
    log.ended(how_it_ended());
    log.release();
    witness_.reset();
    await_trace(finaliser);
    return end_like_program();
  }

 private:
  [[nodiscard]] bool first_rank() const { return job_.rank <= 0; }

  [[nodiscard]] ProcessFacts facts() const {
    ProcessFacts it;
    it.host = host_;
    it.rank = job_.rank;
    it.ranks = job_.ranks;
    it.command = fmt::format("{}", fmt::join(options_.command, " "));
    it.obstacle = executable_.can_be_preloaded
                      ? ""
                      : fmt::format("'{}' {}", executable_.file.string(), executable_.obstacle);
    it.started_wall_ns = core::wall_now();
    return it;
  }

  /// Whoever comes first looks whether the output may be written, and says where it goes.
  void make_folders() const {
    std::error_code ignored;
    if (!options_.force && !shared_.exists() && fs::exists(output_, ignored))
      throw core::Error{core::ErrorKind::usage,
                        fmt::format("'{}' exists and is not overwritten", output_.string()),
                        "choose another name, or give --force"};
    JobFile job{.trace_id = job_.trace_id(),
                .output = output_,
                .keep_recordings = options_.keep_recordings,
                .ranks = job_.ranks};
    const bool is_copied = local_.path() != shared_.path();
    if (is_copied && local_.make()) local_.write(job);
    job.is_copied = is_copied;
    if (!shared_.make()) return;
    shared_.write(job);
    if (const auto own = own_window())
      WindowFile{shared_}.open(*own, [](const Window&) { return true; });
  }

  /// The job's own window is named as its trace.
  [[nodiscard]] std::optional<Window> own_window() const {
    if (options_.starts_off) return std::nullopt;
    return Window{.id = job_.trace_id(),
                  .scope = options_.scope,
                  .options = {},
                  .opened_wall_ns = core::wall_now()};
  }

  [[nodiscard]] WindowFollower::Participant participant() const {
    return {std::max(job_.rank, 0), job_.ranks};
  }

  void tell_what_to_expect() const {
    const std::string name = executable_.file.string();
    if (!executable_.can_be_preloaded) {
      fmt::print(stderr, "trace: '{}' {}: it runs as ever, but its calls cannot be recorded\n",
                 name, executable_.obstacle);
    } else if (!executable_.names_mpi) {
      fmt::print(
          stderr,
          "trace: '{}' names no MPI library{}: its regions are recorded, and its calls if it "
          "loads one later; programs that it starts are not\n",
          name, executable_.is_script ? " (interpreter of the script)" : "");
    }
  }

  void block_signals() {
    const sigset_t passed = passed_signals();
    sigprocmask(SIG_BLOCK, &passed, &mask_before_);
    signals_ = core::Descriptor{signalfd(-1, &passed, SFD_CLOEXEC | SFD_NONBLOCK)};
    if (!signals_) throw core::system_error("watch", "signals", errno);
  }

  void set_environment() const {
    const char* const users = std::getenv("LD_PRELOAD");
    const std::string before = users == nullptr ? "" : users;
    const std::string recorder = executable_.recorder.string();
    setenv("FOUNDATION_TRACE_PRELOAD", before.c_str(), 1);
    setenv("LD_PRELOAD", (before.empty() ? recorder : recorder + ':' + before).c_str(), 1);
    setenv("FOUNDATION_TRACE_FILE", local_.recording(host_, getppid()).c_str(), 1);
    setenv("FOUNDATION_TRACE_ID", id_text(job_.trace_id()).c_str(), 1);
    setenv("FOUNDATION_TRACE_CONTROL", fmt::format("{:x}", follower_->first_classes()).c_str(), 1);
    if (options_.stream_bytes != 0)
      setenv("FOUNDATION_TRACE_STREAM_BYTES", std::to_string(options_.stream_bytes).c_str(), 1);
    if (options_.full_policy == trace::FullPolicy::keep_newest)
      setenv("FOUNDATION_TRACE_KEEP_NEWEST", "1", 1);
  }

  void start_program() {
    std::array<int, 2> ends{};
    if (pipe2(ends.data(), O_CLOEXEC) != 0) throw core::system_error("start", command(), errno);
    const core::Descriptor told{ends[0]};
    core::Descriptor tells{ends[1]};
    const pid_t wrapper = getpid();
    program_ = fork();
    if (program_ == 0) become_program(wrapper, tells.get());
    if (program_ < 0) throw core::system_error("start", command(), errno);
    tells.reset();
    int error = 0;
    if (read(told.get(), &error, sizeof error) == sizeof error) {
      waitpid(program_, nullptr, 0);
      throw core::system_error("start", command(), error);
    }
  }

  [[noreturn]] void become_program(pid_t wrapper, int tells) const {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != wrapper) _exit(1);
    if (options_.broken_pipe != SIG_ERR) ::signal(SIGPIPE, options_.broken_pipe);
    if (executable_.can_be_preloaded) set_environment();
    std::vector<char*> arguments;
    for (const std::string& argument : executable_.command)
      arguments.push_back(const_cast<char*>(argument.c_str()));
    arguments.push_back(nullptr);
    sigprocmask(SIG_SETMASK, &mask_before_, nullptr);
    execvp(arguments[0], arguments.data());
    const int error = errno;
    static_cast<void>(::write(tells, &error, sizeof error) < 0);
    _exit(127);
  }

  void watch(ProcessLog& log) {
    auto next_sample = Clock::now();
    const bool follows = executable_.can_be_preloaded;
    if (follows) follower_->begin(next_sample, log);
    while (!ended_) {
      const auto now = Clock::now();
      note_process(log);
      if (now >= next_sample) {
        recording_.note_time();
        if (const auto sample = sample_process(recorded_)) log.sample(*sample);
        next_sample = now + sample_again;
      }
      if (follows) follower_->follow(now, recording_, log);
      const auto until = follows ? std::min(next_sample, follower_->next(now)) : next_sample;
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now());
      pollfd watched{signals_.get(), POLLIN, 0};
      poll(&watched, 1, static_cast<int>(std::max<std::int64_t>(left.count(), 0)));
      take_signals();
    }
    note_process(log);
    recording_.note_time();
    if (follows) follower_->end(log);
  }

  /// A child of the program may record in its place (foundation/trace.h).
  void note_process(ProcessLog& log) {
    const pid_t it = recording_.process();
    if (it <= 0 || it == recorded_) return;
    recorded_ = it;
    log.started(it);
  }

  void take_signals() {
    signalfd_siginfo info{};
    while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int signal = static_cast<int>(info.ssi_signo);
      if (signal != SIGCHLD) {
        // From a terminal they come to the whole group (SI_KERNEL), too.
        if (!ended_ && info.ssi_code != SI_KERNEL && !witness_->saw(signal)) kill(program_, signal);
        continue;
      }
      ended_ = ended_ || wait4(program_, &status_, WNOHANG, &usage_) == program_;
    }
  }

  [[nodiscard]] ProcessEnd how_it_ended() const {
    const auto seconds = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
    };
    return {.ending = WIFEXITED(status_) ? Ending::exited : Ending::signalled,
            .code = WIFEXITED(status_) ? WEXITSTATUS(status_) : WTERMSIG(status_),
            .cpu_s = seconds(usage_.ru_utime) + seconds(usage_.ru_stime),
            .peak_bytes = static_cast<std::uint64_t>(usage_.ru_maxrss) * 1024};
  }

  /// A program that ended well may keep its launcher until the trace is there: whoever asked for it
  /// finds it. After a failure the launcher must know at once.
  void await_trace(const FinaliserView& finaliser) {
    const bool well = WIFEXITED(status_) && WEXITSTATUS(status_) == 0;
    const bool waits = well || !job_.in_parallel();
    signalfd_siginfo info{};
    while (waits && finaliser.is_at_work()) {
      pollfd watched{signals_.get(), POLLIN, 0};
      poll(&watched, 1, static_cast<int>(look_for_end.count()));
      bool told_to_end = false;
      while (read(signals_.get(), &info, sizeof info) == static_cast<ssize_t>(sizeof info))
        told_to_end = told_to_end || (info.ssi_signo != SIGCHLD && info.ssi_signo != SIGWINCH);
      if (told_to_end) break;
    }
    if (first_rank() || (!waits && !options_.quiet)) say_where(finaliser);
  }

  void say_where(const FinaliserView& finaliser) const {
    const std::string words = finaliser.last_words();
    if (!words.empty()) {
      if (!options_.quiet) fmt::print(stderr, "{}", words);
    } else if (finaliser.is_at_work()) {
      if (!options_.quiet)
        fmt::print(stderr, "trace: goes to {}, as soon as all processes are gone\n",
                   output_.string());
    } else {
      fmt::print(stderr,
                 "trace: the process that writes it died; the recordings are safe:\n"
                 "       foundation trace recover {}\n",
                 shared_.path().string());
    }
    std::fflush(stderr);
  }

  [[nodiscard]] int end_like_program() const {
    if (WIFEXITED(status_)) return WEXITSTATUS(status_);
    const int signal = WTERMSIG(status_);
    ::signal(signal, SIG_DFL);
    prctl(PR_SET_DUMPABLE, 0);  // the program has left the core file, if any
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, signal);
    kill(getpid(), signal);
    sigprocmask(SIG_UNBLOCK, &set, nullptr);
    return 128 + signal;
  }

  [[nodiscard]] const std::string& command() const { return options_.command.front(); }

  const WrapperOptions& options_;
  JobIdentity job_;
  std::string host_;
  fs::path output_;
  TraceFolder shared_, local_;
  Executable executable_;
  RecordingWatch recording_;
  std::optional<GroupWitness> witness_;
  core::Descriptor signals_;
  sigset_t mask_before_{};
  pid_t program_ = -1;
  pid_t recorded_ = -1;  ///< the process that records: the program, or a child of it
  int status_ = 0;
  rusage usage_{};
  bool ended_ = false;
  std::optional<WindowFollower> follower_;
};

}  // namespace

int run_wrapper(const WrapperOptions& options) { return Wrapper{options}.run(); }

}  // namespace foundation::capture
