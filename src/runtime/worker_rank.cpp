#include "runtime/worker_rank.hpp"

#include <cstdlib>
#include <exception>
#include <memory>
#include <vector>
#include <omp.h>

#include <fmt/format.h>

#include "core/error.hpp"
#include "core/log.hpp"
#include "core/process_end.hpp"
#include "endpoints/purse.hpp"
#include "messaging/channels.hpp"
#include "runtime/child_evaluator.hpp"
#include "runtime/evaluator.hpp"
#include "runtime/launch_mark.hpp"
#include "runtime/pulse.hpp"
#include "runtime/run_folder.hpp"
#include "runtime/setup.hpp"
#include "runtime/stop_signals.hpp"
#include "runtime/worker_host.hpp"

namespace foundation::runtime {

namespace {

constexpr core::Duration leave_limit = std::chrono::seconds{60};
constexpr core::Duration whole_run = std::chrono::years{10};

/// What a rank that only evaluates is granted of the run's budget; nothing where that is not
/// limited.
std::shared_ptr<endpoints::Purse> make_purse(const WorkerSetup& setup) {
  const endpoints::LimitOptions limits = limits_of(setup);
  if (!endpoints::is_limited(limits)) return nullptr;
  return std::make_shared<endpoints::Purse>(limits, endpoints::Distance::far);
}

/// A rank that only evaluates. Returns how its process ends.
Leave work(const WorkerSetup& setup, const WatchSetup& watch, std::uint32_t rank,
           messaging::Channels& channels, const Keeper& keeper, std::uint32_t slots) {
  MpiLink link{channels};
  const std::shared_ptr<endpoints::Purse> purse = make_purse(setup);
  std::unique_ptr<WorkerHost> worker;
  Pulse pulse{watch, rank, has_launcher()};
  const auto program = make_program(setup, purse);
  const auto metric = make_metric(setup, purse);
  Evaluator in_process{*program, *metric, setup.data, setup.trials};
  ChildEvaluator evaluator{in_process, keeper, setup,
                           isolation_of(setup.program, *program, *metric), purse.get()};
  if (slots == 0) {  // it only stays with the others: MPI ends with all of them
    worker = std::make_unique<WorkerHost>(link, evaluator, describe_worker(0));
    pulse.attach(*worker);
    return worker->await_leave(whole_run);
  }
  omp_set_dynamic(0);
#pragma omp parallel num_threads(static_cast <int>(slots))
  {
#pragma omp single
    {
      worker = std::make_unique<WorkerHost>(
          link, evaluator, describe_worker(static_cast<std::uint32_t>(omp_get_num_threads())));
      if (purse) worker->attach(*purse);
      pulse.attach(*worker);
    }
    try {
      worker->run_slot();
    } catch (const std::exception& error) {
      // What it held would never be answered, and the other slots would go on without it.
      core::log(core::LogLevel::error, error.what());
      core::end_process_now(core::exit_status(core::ErrorKind::internal));
    }
  }
  say_usage(*program, *metric);
  worker->flush();
  return worker->await_leave(leave_limit);
}

}  // namespace

campaign::WorkerRecord describe_worker(std::uint32_t slots) {
  const journal::Claim self = describe_this_process();
  return {.host = self.host, .pid = self.pid, .slots = slots, .reason = {}};
}

void say_usage(const programs::Program& program, const programs::Metric& metric) {
  if (const std::string usage = program.usage(); !usage.empty())
    core::log(core::LogLevel::info, usage);
  if (const std::string usage = metric.usage(); !usage.empty())
    core::log(core::LogLevel::info, fmt::format("the judge: {}", usage));
}

void run_worker_rank(messaging::Session& session, const Keeper& keeper) {
  ignore_stop_signals();
  core::set_log_rank(session.rank());
  try {
    std::vector<std::byte> bytes;
    session.broadcast(bytes);
    const WorkerSetup setup = unpack_setup(bytes);
    if (!setup.go) {
      if (has_launcher()) session.abandon();  // as rank 0 does
      return;
    }
    session.broadcast(bytes);
    const WatchSetup watch = unpack_watch(bytes);
    messaging::Channels channels{session};
    const auto rank = static_cast<std::uint32_t>(session.rank());
    const Leave leave = work(setup, watch, rank, channels, keeper, setup.slots.at(rank));
    if (leave == Leave::finalize && !has_launcher()) return;
    channels.abandon();
    session.abandon();
  } catch (const std::exception& error) {
    core::log(core::LogLevel::error, error.what());
    std::_Exit(core::exit_status(core::ErrorKind::internal));
  }
}

}  // namespace foundation::runtime
