#include "process/detail/running.hpp"

#include <algorithm>
#include <array>
#include <csignal>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "process/detail/pipes.hpp"

namespace foundation::process::detail {
namespace {

/// What the kernel's account of a process may be behind: each thread adds up to 64 pages at a time.
constexpr std::uint64_t peak_error = std::uint64_t{1} << 20;
constexpr core::Duration usage_interval = std::chrono::milliseconds{20};
constexpr int cost_share = 20;  // looking at usage takes a twentieth of the time at most
constexpr core::Duration without_notice = std::chrono::milliseconds{2};  // before Linux 5.2
constexpr core::Duration longest_wait = std::chrono::hours{1};
constexpr core::Duration death_wait = std::chrono::seconds{5};
core::Duration cpu_of(const rusage& used) {
  return std::chrono::seconds{used.ru_utime.tv_sec + used.ru_stime.tv_sec} +
         std::chrono::microseconds{used.ru_utime.tv_usec + used.ru_stime.tv_usec};
}

std::uint64_t peak_of(const rusage& used) {
  constexpr std::uint64_t unit = 1024;
  return static_cast<std::uint64_t>(used.ru_maxrss) * unit;
}

std::uint64_t own_peak() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return peak_of(used);
}

}  // namespace

Running::Running(const Command& command, Input kind, std::string_view input)
    : limits_{command.limits}, kept_errors_{command.kept_errors} {
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  spared_ = own_children();
  Pipe output = make_pipe();
  Pipe errors = make_pipe();
  core::Descriptor readable;
  if (kind == Input::given) {
    readable = make_input(input);
  } else {
    Pipe conversation = make_pipe();
    readable = std::move(conversation.reading);
    input_ = std::move(conversation.writing);
    make_nonblocking(input_.get());
  }
  output_pipe_ = std::move(output.reading);
  errors_pipe_ = std::move(errors.reading);
  make_nonblocking(output_pipe_.get());
  make_nonblocking(errors_pipe_.get());
  own_peak_ = own_peak();
  started_ = counted_from_ = core::monotonic_now();
  next_usage_ = started_ + usage_interval;
  child_ = spawn(command, {readable.get(), output.writing.get(), errors.writing.get()});
  own_peak_ = std::max(own_peak_, own_peak());  // until it began, the child had our memory
  ending_.start_error = child_.error;
  exited_ = child_.error != 0;
}

Running::~Running() {
  if (finished_) return;
  limits_.grace = core::Duration{0};
  static_cast<void>(finish());
}

void Running::feed(std::string_view text) { pending_input_ += text; }

void Running::close_input() noexcept { input_.reset(); }

void Running::restart_clocks() {
  counted_from_ = core::monotonic_now();
  output_seen_ = output_.size();
  if (limits_.cpu.count() == 0) return;
  look_at_usage();
  cpu_before_ = cpu_;
}

void Running::reach(Limit limit) noexcept {
  if (limit_ == Limit::none) limit_ = limit;
}

bool Running::watches_usage() const noexcept {
  return limits_.cpu.count() != 0 || limits_.memory_bytes != 0 || limits_.processes != 0;
}

core::Time Running::next_look() const {
  core::Time next = core::monotonic_now() + longest_wait;
  if (limits_.wall.count() != 0) next = std::min(next, counted_from_ + limits_.wall);
  if (watches_usage()) next = std::min(next, next_usage_);
  return next;
}

void Running::step() {
  if (is_over()) return;
  poll_streams(next_look());
  if (exited_) return;
  const core::Time now = core::monotonic_now();
  if (limits_.wall.count() != 0 && now >= counted_from_ + limits_.wall) reach(Limit::wall);
  if (watches_usage() && now >= next_usage_) look_at_usage();
}

void Running::poll_streams(core::Time until) {
  std::array<pollfd, 4> watched{pollfd{child_.ended.get(), POLLIN, 0},
                                pollfd{output_pipe_.get(), POLLIN, 0},
                                pollfd{errors_pipe_.get(), POLLIN, 0},
                                pollfd{pending_input_.empty() ? -1 : input_.get(), POLLOUT, 0}};
  core::Duration wait = std::max(core::Duration{0}, until - core::monotonic_now());
  if (!child_.ended) wait = std::min(wait, without_notice);
  const timespec limit{static_cast<time_t>(wait.count() / 1'000'000'000),
                       static_cast<long>(wait.count() % 1'000'000'000)};
  ppoll(watched.data(), watched.size(), &limit, nullptr);
  if (watched[3].revents != 0) write_input();
  if (watched[1].revents != 0) read_output();
  if (watched[2].revents != 0) read_errors();
  if (watched[0].revents == 0 && child_.ended) return;
  rusage used{};
  int status = 0;
  if (wait4(child_.pid, &status, WNOHANG, &used) == child_.pid) collect(status, used);
}

void Running::read_output() {
  if (!output_pipe_) return;
  const bool open = drain(output_pipe_.get(), [&](std::string_view part) {
    output_seen_ += part.size();
    if (limits_.output_bytes != 0 && output_seen_ > limits_.output_bytes) {
      const std::uint64_t before = output_seen_ - part.size();
      const std::uint64_t room = limits_.output_bytes - std::min(before, limits_.output_bytes);
      part = part.substr(0, static_cast<std::size_t>(room));
      ending_.output_cut = true;
      if (limits_.excess == Excess::end) reach(Limit::output);
    }
    output_ += part;
    return limit_ != Limit::output;
  });
  if (!open) output_pipe_.reset();
}

void Running::read_errors() {
  if (!errors_pipe_) return;
  const bool open = drain(errors_pipe_.get(), [&](std::string_view part) {
    errors_ += part;
    // Cut seldom: each cut moves what is kept.
    if (errors_.size() > 2 * kept_errors_ + read_bytes)
      errors_.erase(0, errors_.size() - kept_errors_);
    return true;
  });
  if (!open) errors_pipe_.reset();
}

void Running::write_input() {
  if (!input_) return pending_input_.clear();
  if (write_some(input_.get(), pending_input_)) return;
  pending_input_.clear();  // it does not read any more
  input_.reset();
}

void Running::look_at_usage() {
  const core::Time before = core::monotonic_now();
  std::vector<pid_t> roots = own_children();
  std::erase_if(roots, [&](pid_t child) { return std::ranges::binary_search(spared_, child); });
  std::uint64_t private_bytes = 0;
  std::uint64_t largest_share = 0;
  std::size_t processes = 0;
  core::Duration cpu = cpu_reaped_;
  for (const pid_t pid : with_descendants(roots)) {
    const Usage usage = usage_of(pid);
    rusage used{};
    if (usage.is_zombie && pid != child_.pid &&
        wait4(pid, nullptr, WNOHANG | __WALL, &used) == pid) {  // an orphan that we have adopted
      cpu_reaped_ += cpu_of(used);
      cpu += cpu_of(used);
      continue;
    }
    cpu += usage.cpu;
    private_bytes += usage.private_bytes;
    largest_share = std::max(largest_share, usage.shared_bytes);
    ending_.peak_bytes = std::max(ending_.peak_bytes, usage.private_bytes + usage.shared_bytes);
    if (!usage.is_zombie) ++processes;
  }
  cpu_ = std::max(cpu_, cpu);
  const auto above = [](auto value, auto limit) { return limit != 0 && value > limit; };
  if (above(private_bytes + largest_share, limits_.memory_bytes)) reach(Limit::memory);
  if (above(processes, limits_.processes)) reach(Limit::processes);
  if (above((cpu_ - cpu_before_).count(), limits_.cpu.count())) reach(Limit::cpu);
  const core::Time after = core::monotonic_now();
  next_usage_ = after + std::max(usage_interval, cost_share * (after - before));
}

void Running::collect(int status, const rusage& used) {
  exited_ = true;
  ending_.wall = core::monotonic_now() - counted_from_;
  cpu_ = std::max(cpu_, cpu_of(used) + cpu_reaped_);
  if (peak_of(used) > own_peak_ + peak_error)
    ending_.peak_bytes = std::max(ending_.peak_bytes, peak_of(used));
  if (WIFSIGNALED(status)) {
    ending_.signal = WTERMSIG(status);
  } else {
    ending_.exit_status = WEXITSTATUS(status);
  }
  while (output_pipe_ && limit_ != Limit::output && has_more(output_pipe_.get())) read_output();
  while (errors_pipe_ && has_more(errors_pipe_.get())) read_errors();
  if (ending_.signal == SIGXCPU) reach(Limit::cpu);
  if (ending_.signal == SIGXFSZ) reach(Limit::file);
}

/// What only the end shows: short programs are over before anybody looks.
void Running::judge_ending() {
  const auto above = [](auto value, auto limit) { return limit != 0 && value > limit; };
  if (above(ending_.peak_bytes, limits_.memory_bytes)) reach(Limit::memory);
  if (above(ending_.cpu.count(), limits_.cpu.count())) reach(Limit::cpu);
}

void Running::wait_for_end(core::Duration span) {
  const core::Time until = core::monotonic_now() + span;
  while (!exited_ && core::monotonic_now() < until) poll_streams(until);
}

Ending Running::finish() {
  if (!exited_) {
    const bool is_late = limit_ == Limit::wall || limit_ == Limit::cpu;
    if ((is_late || limit_ == Limit::none) && limits_.grace.count() > 0) {
      kill(-child_.pid, SIGTERM);
      kill(-child_.pid, SIGCONT);
      wait_for_end(limits_.grace);
    }
    if (!exited_) kill(-child_.pid, SIGKILL);
    if (!exited_) kill(child_.pid, SIGKILL);  // should it have left its own group
    wait_for_end(death_wait);
  }
  exited_ = true;
  return conclude();
}

Ending Running::conclude() {
  finished_ = true;
  const FamilyEnd family = end_family(spared_);
  ending_.leftovers = family.killed;
  ending_.immortal = family.immortal;
  cpu_ += family.cpu;
  Ending ending = so_far();
  ending.output = std::move(output_);
  return ending;
}

Ending Running::so_far() {
  if (!exited_) ending_.wall = core::monotonic_now() - counted_from_;
  ending_.cpu = cpu_ - cpu_before_;
  judge_ending();
  ending_.limit = limit_;
  ending_.errors = errors_.substr(errors_.size() - std::min(errors_.size(), kept_errors_));
  return ending_;
}

}  // namespace foundation::process::detail
