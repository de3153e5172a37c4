#include "runtime/child_evaluator.hpp"

#include <cerrno>
#include <cstring>
#include <utility>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "programs/metric.hpp"
#include "programs/program.hpp"
#include "runtime/child_frames.hpp"
#include "runtime/evaluator.hpp"

namespace foundation::runtime {

using campaign::LeaseQueue;
using model::CellRange;
using model::CellStatus;

namespace {

constexpr int most_starts = 5;  // in a row that bring no child to work
constexpr useconds_t pause_us = 100'000;

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

void send_task(int channel, const WorkerSetup& setup, const LeaseQueue::Work& work,
               std::uint32_t first) {
  Bytes bytes;
  send_frame(channel, pack_setup(setup));
  pack(*work.candidate, bytes);
  send_frame(channel, bytes);
  campaign::Lease rest = work.lease;
  rest.range.begin = first;
  pack(rest, bytes);
  send_frame(channel, bytes);
}

/// The next cell of the lease by its child; nothing when the child is gone or talks nonsense.
std::optional<ResultsMessage> receive_cell(int channel, const CellRange& lease,
                                           std::uint32_t position) {
  const auto bytes = receive_frame(channel);
  if (!bytes) return std::nullopt;
  try {
    ResultsMessage cell;
    unpack_results(*bytes, cell);
    if (cell.range != CellRange{lease.candidate, lease.split, position, position + 1})
      return std::nullopt;
    return cell;
  } catch (const core::Error&) {
    return std::nullopt;
  }
}

void append(const model::CellResult& cell, std::string text, ResultsMessage& results) {
  if (!text.empty()) {
    results.outputs.resize(results.cells.size());
    results.outputs.push_back(std::move(text));
  }
  results.cells.push_back(cell);
}

/// The output's digest is part of the answer, and how a process ends may depend on chance: none.
void append_failure(CellStatus status, std::string text, ResultsMessage& results) {
  model::CellResult cell;
  cell.status = status;
  cell.attempts = 1;
  append(cell, std::move(text), results);
}

std::optional<std::string> child_text(ResultsMessage& cell) {
  return cell.outputs.empty() ? std::nullopt : std::optional{std::move(cell.outputs.front())};
}

}  // namespace

void ChildEvaluator::evaluate(const LeaseQueue::Work& work, ResultsMessage& results) {
  if (work.lease.place == campaign::Place::in_process) return in_process_.evaluate(work, results);
  results.lease = work.lease.id;
  results.range = work.lease.range;
  results.cells.clear();
  results.outputs.clear();
  const std::size_t count = work.lease.range.size();
  results.busy_ns = 0;
  std::optional<std::size_t> accused;
  int failed_starts = 0;
  while (results.cells.size() < count) {
    const auto death = run_child(work, results);
    if (!death) break;
    const std::size_t cell = results.cells.size();
    if (!death->at_work) {
      if (++failed_starts < most_starts) {
        ::usleep(pause_us);
        continue;
      }
      append_failure(CellStatus::lost, "no child process could be started: " + death->how, results);
    } else if (accused == cell) {
      append_failure(CellStatus::crashed, death->how, results);
    } else {
      accused = cell;
    }
    failed_starts = 0;
  }
  if (!results.outputs.empty()) results.outputs.resize(count);
}

std::optional<ChildEvaluator::Death> ChildEvaluator::run_child(const LeaseQueue::Work& work,
                                                               ResultsMessage& results) const {
  const CellRange& range = work.lease.range;
  const auto next = [&] { return range.begin + static_cast<std::uint32_t>(results.cells.size()); };
  const Keeper::Evaluation child = keeper_.start_evaluation({evaluate_cells_command});
  bool at_work = false;
  try {
    send_task(child.channel.get(), setup_, work, next());
    at_work = receive_frame(child.channel.get()).has_value();
  } catch (const core::Error&) {  // it is gone already; its status says more
  }
  while (at_work && next() < range.end) {
    auto cell = receive_cell(child.channel.get(), range, next());
    if (!cell) break;
    results.busy_ns += cell->busy_ns;  // in cells: it is what they cost that counts
    append(cell->cells.front(), child_text(*cell).value_or(""), results);
  }
  ::shutdown(child.channel.get(), SHUT_RDWR);
  if (next() == range.end) return std::nullopt;
  return Death{at_work, read_end(child.report.get())};
}

void evaluate_in_child(int channel) {
  // Signals to all processes of a job step are for the worker; this child ends with it.
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGUSR1, SIGUSR2}) ::signal(signal, SIG_IGN);
  const auto receive = [channel] {
    auto bytes = receive_frame(channel);
    if (!bytes)
      throw core::Error{core::ErrorKind::infrastructure, "the worker of this process is gone"};
    return std::move(*bytes);
  };
  const WorkerSetup setup = unpack_setup(receive());
  LeaseQueue::Work work;
  work.candidate = std::make_shared<const model::Candidate>(unpack_candidate(receive()));
  work.lease = unpack_lease(receive());
  const auto program = programs::make_program(setup.program, setup.data);
  const auto metric = programs::make_metric(setup.metric);
  Evaluator evaluator{*program, *metric, setup.data, setup.trials};
  send_frame(channel, {});
  const CellRange range = work.lease.range;
  ResultsMessage results;
  Bytes packed;
  for (std::uint32_t position = range.begin; position < range.end; ++position) {
    work.lease.range.begin = position;
    work.lease.range.end = position + 1;
    evaluator.evaluate(work, results);
    pack(results, packed);
    send_frame(channel, packed);
  }
}

}  // namespace foundation::runtime
