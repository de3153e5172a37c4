#include "runtime/cell_child.hpp"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <limits>
#include <memory>
#include <utility>
#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"
#include "runtime/child_budget.hpp"
#include "runtime/child_frames.hpp"
#include "runtime/evaluator.hpp"

namespace foundation::runtime {

using campaign::LeaseQueue;
using model::CellRange;

namespace {

constexpr std::chrono::milliseconds end_patience{500};

std::string name_of_signal(int signal) {
  const char* name = ::sigabbrev_np(signal);
  return name == nullptr ? fmt::format("signal {}", signal) : fmt::format("SIG{}", name);
}

/// Waits for the end of a child; its status in words.
std::string read_end(int report) {
  int status = 0;
  ssize_t size = 0;
  while ((size = ::recv(report, &status, sizeof status, 0)) < 0 && errno == EINTR) {
  }
  if (size != static_cast<ssize_t>(sizeof status))
    throw core::Error{core::ErrorKind::infrastructure, "the keeper of this process is gone"};
  if (WIFSIGNALED(status))
    return fmt::format("its process was ended by {}", name_of_signal(WTERMSIG(status)));
  return fmt::format("its process ended with status {}", WEXITSTATUS(status));
}

/// Is there something to read, or an end, until then?
bool is_readable(int descriptor, std::optional<core::Time> until) {
  while (true) {
    pollfd watched{descriptor, POLLIN, 0};
    int patience_ms = -1;
    if (until) {
      const auto left =
          std::chrono::ceil<std::chrono::milliseconds>(*until - core::monotonic_now());
      patience_ms = static_cast<int>(
          std::clamp<std::int64_t>(left.count(), 0, std::numeric_limits<int>::max()));
    }
    const int ready = ::poll(&watched, 1, patience_ms);
    if (ready > 0) return true;
    if (ready == 0) return false;
    if (errno != EINTR) throw core::system_error("wait for", "a child process", errno);
  }
}

/// What the child is told to find it by.
Bytes pack_pid() {
  const pid_t self = ::getpid();
  Bytes bytes(sizeof self);
  std::memcpy(bytes.data(), &self, sizeof self);
  return bytes;
}

/// What a lease is about, and the lease. Nothing when the other end is gone.
std::optional<LeaseQueue::Work> receive_work(int channel) {
  const auto subject = receive_frame(channel);
  if (!subject) return std::nullopt;
  const auto lease = receive_frame(channel);
  if (!lease) return std::nullopt;
  LeaseQueue::Work work{.lease = unpack_lease(*lease)};
  if (kind_of(*subject) == MessageKind::request) {
    work.request = std::make_shared<const model::TextRequest>(unpack_request(*subject).request);
  } else {
    work.candidate = std::make_shared<const model::Candidate>(unpack_candidate(*subject));
  }
  return work;
}

int open_process(const Bytes& ready) {
  pid_t pid = 0;
  if (ready.size() != sizeof pid) return -1;
  std::memcpy(&pid, ready.data(), sizeof pid);
  return static_cast<int>(::syscall(SYS_pidfd_open, pid, 0));
}

}  // namespace

CellChild::CellChild(const Keeper& keeper, const WorkerSetup& setup, endpoints::Budget* budget)
    : link_{keeper.start_evaluation({evaluate_cells_command})}, budget_{budget} {
  try {
    send_frame(link_.channel.get(), pack_setup(setup));
    const auto ready = receive_frame(link_.channel.get());
    if (!ready) return;
    process_.reset(open_process(*ready));
    ready_ = true;
  } catch (const core::Error&) {  // it is gone already; its status says more
  }
}

bool CellChild::begin(const LeaseQueue::Work& work, std::uint32_t first) {
  try {
    Bytes bytes;
    if (work.request != nullptr) {
      pack(model::NumberedRequest{work.lease.range.candidate, *work.request}, bytes);
    } else {
      pack(*work.candidate, bytes);
    }
    send_frame(link_.channel.get(), bytes);
    campaign::Lease rest = work.lease;
    rest.range.begin = first;
    pack(rest, bytes);
    send_frame(link_.channel.get(), bytes);
    return true;
  } catch (const core::Error&) {
    return false;
  }
}

CellChild::Outcome CellChild::receive(const CellRange& lease, std::uint32_t position,
                                      std::optional<core::Duration> limit, ResultsMessage& cell) {
  const std::optional<core::Time> until =
      limit ? std::optional{core::monotonic_now() + *limit} : std::nullopt;
  std::optional<Bytes> bytes;
  for (Heard heard = Heard::other; heard != Heard::result;) {
    if (!is_readable(link_.channel.get(), until)) return Outcome::overdue;
    bytes = receive_frame(link_.channel.get());
    if (!bytes) return Outcome::gone;
    heard = take(*bytes, until);
    if (heard == Heard::nonsense) return Outcome::gone;
    if (heard == Heard::too_late) return Outcome::overdue;
  }
  try {
    unpack_results(*bytes, cell);
  } catch (const core::Error&) {
    return Outcome::gone;
  }
  const bool is_it = cell.range == CellRange{lease.candidate, lease.split, position, position + 1};
  return is_it ? Outcome::answered : Outcome::gone;
}

/// In the middle of a cell: requests that wait for their turn, and what came of them.
CellChild::Heard CellChild::take(std::span<const std::byte> message,
                                 std::optional<core::Time> until) {
  try {
    switch (kind_of(message)) {
      case MessageKind::results: return Heard::result;
      case MessageKind::demand: return answer(unpack_demand(message), until);
      case MessageKind::settlement: settle(unpack_settlement(message)); return Heard::other;
      default: return Heard::nonsense;
    }
  } catch (const core::Error&) {  // it is gone, or talks nonsense
    return Heard::nonsense;
  }
}

CellChild::Heard CellChild::answer(const endpoints::Demand& demand,
                                   std::optional<core::Time> until) {
  if (budget_ == nullptr || grant_) return Heard::nonsense;
  endpoints::Grant grant = budget_->ask(demand, {.stop = {}, .until = until});
  if (grant.kind == endpoints::Grant::Kind::given_up) return Heard::too_late;
  const bool is_granted = grant.kind == endpoints::Grant::Kind::granted;
  Bytes bytes;
  pack(GrantMessage{.most = grant.most, .is_granted = is_granted, .reason = grant.reason}, bytes);
  if (is_granted) grant_ = std::move(grant);
  send_frame(link_.channel.get(), bytes);
  return Heard::other;
}

void CellChild::settle(const Settlement& settlement) {
  if (!grant_) return;
  if (settlement.was_sent)
    budget_->settle(*grant_, settlement.used);
  else
    budget_->hand_back(*grant_);
  grant_.reset();
}

std::string CellChild::end() {
  ::shutdown(link_.channel.get(), SHUT_RDWR);
  if (grant_) settle({.was_sent = true, .used = grant_->most});
  // One that is gone has ended in its own way; what is still there after a while is at work.
  if (!is_readable(link_.report.get(), core::monotonic_now() + end_patience) && process_)
    ::syscall(SYS_pidfd_send_signal, process_.get(), SIGKILL, nullptr, 0);
  return read_end(link_.report.get());
}

void evaluate_in_child(int channel) {
  // Signals to all processes of a job step are for the worker; this child ends with it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) ::signal(signal, SIG_IGN);
  // What programs leave behind stays below this process, for it to end.
  ::prctl(PR_SET_CHILD_SUBREAPER, 1);
  const auto setup_bytes = receive_frame(channel);
  if (!setup_bytes) return;
  const WorkerSetup setup = unpack_setup(*setup_bytes);
  std::shared_ptr<endpoints::Budget> budget;
  if (endpoints::is_limited(limits_of(setup))) budget = std::make_shared<ChildBudget>(channel);
  const auto program = make_program(setup, budget);
  const auto metric = make_metric(setup, budget);
  Evaluator evaluator{*program, *metric, setup.data, setup.trials};
  send_frame(channel, pack_pid());
  ResultsMessage results;
  Bytes packed;
  while (auto work = receive_work(channel)) {
    const CellRange range = work->lease.range;
    for (std::uint32_t position = range.begin; position < range.end; ++position) {
      work->lease.range.begin = position;
      work->lease.range.end = position + 1;
      evaluator.evaluate(*work, results);
      pack(results, packed);
      send_frame(channel, packed);
    }
  }
}

}  // namespace foundation::runtime
