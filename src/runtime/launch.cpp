#include "runtime/launch.hpp"

#include <array>
#include <ctime>
#include <filesystem>
#include <memory>
#include <utility>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/chrono.h>
#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "runtime/launch_guard.hpp"
#include "runtime/launch_journal.hpp"
#include "runtime/launch_leftovers.hpp"
#include "runtime/launch_probe.hpp"
#include "runtime/own_run.hpp"
#include "runtime/problem.hpp"
#include "runtime/run_folder.hpp"
#include "runtime/short_command.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;
using campaign::Launcher;

namespace {

constexpr int look_interval_ms = 200;
constexpr core::Duration same_signal = std::chrono::milliseconds{300};
constexpr CommandLimit reap_limit{std::chrono::seconds{4}};
constexpr int stopped_status = 3;

/// SIGINT, SIGTERM and SIGUSR1 as something to read, as long as it lives.
class StopSignals {
 public:
  StopSignals() {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGUSR1}) sigaddset(&set, signal);
    sigprocmask(SIG_BLOCK, &set, &before_);
    descriptor_ = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    if (descriptor_ < 0) throw core::system_error("open", "signalfd", errno);
  }
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals() {
    close(descriptor_);
    sigprocmask(SIG_SETMASK, &before_, nullptr);
  }

  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  /// The next one; the same signal twice within moments is one (wrappers pass on what the
  /// terminal has sent already).
  int next() {
    signalfd_siginfo info{};
    while (read(descriptor_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
      const int signal = static_cast<int>(info.ssi_signo);
      const core::Time now = core::monotonic_now();
      const bool again = signal == last_ && now - last_at_ < same_signal;
      last_ = signal;
      last_at_ = now;
      if (!again) return signal;
    }
    return 0;
  }

 private:
  sigset_t before_{};
  int descriptor_ = -1;
  int last_ = 0;
  core::Time last_at_;
};

std::string_view name_of(int signal) {
  switch (signal) {
    case SIGINT: return "SIGINT";
    case SIGTERM: return "SIGTERM";
    default: return "SIGUSR1";
  }
}

Environment environment_of_this_process() {
  Environment environment;
  for (char** variable = environ; *variable != nullptr; ++variable) {
    const std::string entry = *variable;
    const std::size_t equals = entry.find('=');
    if (equals != std::string::npos)
      environment.emplace(entry.substr(0, equals), entry.substr(equals + 1));
  }
  return environment;
}

std::string own_executable() { return fs::read_symlink("/proc/self/exe").string(); }

/// What each rank runs. Every option that changes what a rank does is passed on here.
/// "2026-03-09T17:30:00Z": means the same on every host and at every relaunch.
std::string utc_text(core::WallLabel moment) {
  return fmt::format("{:%Y-%m-%dT%H:%M:%SZ}",
                     fmt::gmtime(static_cast<std::time_t>(moment / 1'000'000'000)));
}

std::vector<std::string> rank_words(const OptimizeOptions& options, const fs::path& run) {
  std::vector<std::string> words{own_executable(), "optimize", options.job_file.string(), "--run",
                                 run.string()};
  for (const std::string& change : options.overrides) {
    words.emplace_back("--set");
    words.push_back(change);
  }
  if (options.end_time) {
    words.emplace_back("--end-time");
    words.push_back(utc_text(*options.end_time));
  }
  if (options.take_over) words.emplace_back("--take-over");
  if (options.salvage) words.emplace_back("--salvage");
  if (options.quiet) words.emplace_back("--quiet");
  return words;
}

/// No other launch has it.
std::string mark_of_this_process() {
  const journal::Claim self = describe_this_process();
  return fmt::format("{}.{}.{}.", self.host, self.pid, self.pid_start);
}

/// Does what a Launcher says and tells it what happens.
class Driver {
 public:
  Driver(const OptimizeOptions& options, const LaunchPlan& plan, const fs::path& run)
      : options_{options},
        plan_{plan},
        run_{run},
        disk_{run, journal::FolderAccess::read_only},
        mark_{mark_of_this_process()},
        evaluations_{count_evaluations()},
        launcher_{plan.launcher, look_at_run(disk_, run, mark_), evaluations_,
                  core::monotonic_now()} {}

  campaign::launch::Finish run() {
    perform_all();
    while (!finish_) {
      wait();
      const core::Time now = core::monotonic_now();
      if (const int signal = signals_.next(); signal != 0)
        launcher_.stop(fmt::format("stopped by {}", name_of(signal)), signal == SIGINT, now);
      if (guard_) watch(now);
      launcher_.tick(now);
      perform_all();
    }
    return *finish_;
  }

  void operator()(const campaign::launch::Probe& wanted) {
    const Reach reach =
        plan_.in_allocation ? probe_allocation(wanted.hosts) : probe_hosts(wanted.hosts);
    look();
    launcher_.probed(reach.reachable, reach.failures, core::monotonic_now());
  }

  void operator()(const campaign::launch::Start& start) {
    OptimizeOptions options = options_;
    options.take_over = options.take_over || start.attempt > 1;  // the owner was ended by us
    id_ = fmt::format("{}{}", mark_, start.attempt);
    LaunchSettings settings = plan_.settings;
    settings.program = rank_words(options, run_);
    job_.reset();
    guard_ = std::make_unique<LaunchGuard>(
        make_launch_command(settings, start, id_, environment_of_this_process()), id_);
  }

  void operator()(campaign::launch::Signal signal) {
    if (!guard_) return;
    if (signal != campaign::launch::Signal::drain) learn_job();
    guard_->send(signal);
  }

  void operator()(const campaign::launch::Tidy& tidy) {
    learn_job();
    const pid_t mpirun = guard_->manager();
    guard_.reset();
    end_marked_processes(id_);
    remove_files_of_mpirun(mpirun);
    if (job_) remove_files_of_job(*job_);
    if (tidy.everywhere && !plan_.in_allocation) reap(tidy.hosts);
    while (waitpid(-1, nullptr, WNOHANG) > 0) {  // whoever was left to this process
    }
    look();
    launcher_.tidied(evaluations(), core::monotonic_now());
  }

  void operator()(const campaign::launch::Say& say) {
    core::log(say.warning ? core::LogLevel::warning : core::LogLevel::info, say.text);
  }

  void operator()(const campaign::launch::Finish& finish) { finish_ = finish; }

 private:
  void perform_all() {
    for (auto actions = launcher_.take_actions(); !actions.empty();
         actions = launcher_.take_actions())
      for (const campaign::launch::Action& action : actions) std::visit(*this, action);
  }

  void wait() {
    std::array<pollfd, 2> watched{
        {{signals_.descriptor(), POLLIN, 0}, {guard_ ? guard_->descriptor() : -1, POLLIN, 0}}};
    poll(watched.data(), watched.size(), look_interval_ms);
  }

  /// The end of the process manager before the last look: a note may come in between.
  void watch(core::Time now) {
    const auto how = guard_->ended();
    look();
    if (how) launcher_.ended(*how, now);
  }

  void look() { launcher_.looked(look_at_run(disk_, run_, mark_), core::monotonic_now()); }

  /// mpirun takes the number of its job with it; the files of killed ranks are named after it.
  void learn_job() {
    if (!job_) job_ = job_of_mpirun(guard_->manager());
  }

  void reap(const std::vector<campaign::LaunchHost>& hosts) const {
    std::vector<std::vector<std::string>> commands;
    for (const campaign::LaunchHost& host : hosts) {
      if (is_this_host(host.name)) continue;
      std::vector<std::string> words = remote_command(host.name);
      if (words.empty()) continue;
      words.insert(words.end(), {own_executable(), std::string{reap_command}, id_,
                                 std::to_string(job_.value_or(0))});
      commands.push_back(std::move(words));
    }
    static_cast<void>(run_commands(commands, reap_limit));  // a lost host does not answer
  }

  /// As far as this host can see. A file system may show it a part of the journal only for a while
  /// (NFS), and whether it is damaged is for the ranks to say.
  [[nodiscard]] std::uint64_t evaluations() {
    try {
      evaluations_ = count_evaluations();
    } catch (const core::Error& error) {
      if (error.kind() != core::ErrorKind::corrupt_data && error.kind() != core::ErrorKind::io)
        throw;
    }
    return evaluations_;
  }
  [[nodiscard]] std::uint64_t count_evaluations() const {
    return summarise_journal(disk_, damage_policy()).evaluations;
  }
  [[nodiscard]] journal::DamagePolicy damage_policy() const {
    return options_.salvage ? journal::DamagePolicy::salvage : journal::DamagePolicy::refuse;
  }

  const OptimizeOptions& options_;
  const LaunchPlan& plan_;
  fs::path run_;
  journal::PosixDisk disk_;
  StopSignals signals_;
  std::string mark_;               ///< the ids of all attempts begin with it
  std::uint64_t evaluations_ = 0;  ///< in the journal, when it was readable last
  Launcher launcher_;
  std::unique_ptr<LaunchGuard> guard_;
  std::string id_;                    ///< of the attempt
  std::optional<std::uint32_t> job_;  ///< mpirun's number of it
  std::optional<campaign::launch::Finish> finish_;
};

LaunchOutcome to_outcome(const campaign::launch::Finish& finish, const fs::path& run) {
  using campaign::launch::Outcome;
  if (finish.outcome == Outcome::failed)
    throw core::Error{core::ErrorKind::infrastructure, finish.reason, finish.hint};
  LaunchOutcome launched;
  OptimizeOutcome& outcome = launched.outcome;
  outcome.run_folder = run;
  launched.exit_status =
      finish.outcome == Outcome::stopped ? stopped_status : finish.note.exit_status;
  launched.view_is_due = !finish.hurried && fs::is_directory(run / "journal");
  if (launched.exit_status == 0) {
    const journal::PosixDisk disk{run, journal::FolderAccess::read_only};
    outcome.report.result = summarise_journal(disk, journal::DamagePolicy::salvage).finished;
  } else {
    outcome.report.message =
        finish.outcome == Outcome::stopped ? finish.reason : finish.note.reason;
  }
  return launched;
}

struct Prepared {
  fs::path run;
  std::optional<campaign::FinishedRecord> answer;
};

/// Checks the job, finds or makes its run. What was loaded for that is gone afterwards.
Prepared prepare(const OptimizeOptions& options) {
  const Problem problem{options};
  const auto existing = existing_run(problem, options);
  if (!existing)
    return {fs::absolute(create_run(problem.job().runs_folder, problem.job().name,
                                    problem.identity(), job::effective_toml(problem.job()))),
            std::nullopt};
  if (auto answer = answer_of(problem, *existing)) return {*existing, std::move(answer)};
  if (!options.take_over)
    refuse_if_owned(*existing, journal::PosixDisk{*existing, journal::FolderAccess::read_only});
  return {fs::absolute(*existing), std::nullopt};
}

}  // namespace

LaunchOutcome launch(const OptimizeOptions& options, const LaunchPlan& plan) {
  const Prepared prepared = prepare(options);
  if (prepared.answer) {
    LaunchOutcome launched;
    launched.outcome.report.result = prepared.answer;
    launched.outcome.run_folder = prepared.run;
    launched.outcome.already_complete = true;
    return launched;
  }
  if (plan.settings.oversubscribed)
    core::log(
        core::LogLevel::warning,
        fmt::format("{} ranks share the cores of this machine, which has fewer", plan.ranks_here));
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  return to_outcome(Driver{options, plan, prepared.run}.run(), prepared.run);
}

}  // namespace foundation::runtime
