#include "runtime/optimize.hpp"

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <utility>
#include <omp.h>

#include <fmt/format.h>

#include "campaign/recovery.hpp"
#include "core/error.hpp"
#include "core/log.hpp"
#include "core/quantity.hpp"
#include "endpoints/budget_desk.hpp"
#include "messaging/channels.hpp"
#include "messaging/session.hpp"
#include "runtime/child_evaluator.hpp"
#include "runtime/coordinator_host.hpp"
#include "runtime/evaluator.hpp"
#include "runtime/first_exception.hpp"
#include "runtime/launch_mark.hpp"
#include "runtime/members.hpp"
#include "runtime/own_run.hpp"
#include "runtime/problem.hpp"
#include "runtime/run_folder.hpp"
#include "runtime/salvage.hpp"
#include "runtime/stop_signals.hpp"
#include "runtime/time_limit.hpp"
#include "runtime/worker_host.hpp"
#include "runtime/worker_rank.hpp"
#include "runtime/worker_watch.hpp"

namespace foundation::runtime {

namespace fs = std::filesystem;
using campaign::EndReport;

namespace {

constexpr core::Duration view_limit = std::chrono::minutes{5};
constexpr core::Duration long_farewell = std::chrono::seconds{10};
constexpr core::Duration short_farewell = std::chrono::seconds{3};  // the launcher is waiting

/// Sets when the session has to end, if its granted time has an end, and says so.
void limit_time(campaign::CoordinatorOptions& options, core::WallLabel end, core::Duration margin) {
  const core::Time now = core::monotonic_now();
  const core::Duration left{end - core::wall_now()};
  const TimeLimit limit = plan_time(left, margin, now);
  options.scheduler.deadline = limit.deadline;
  options.last_moment = limit.last_moment;
  core::log(core::LogLevel::info,
            fmt::format("the granted time ends in {}: nothing starts that cannot end in {}",
                        core::format_duration(left), core::format_duration(limit.deadline - now)));
}

/// What rank 0 offers beside its roles.
std::vector<cluster::Service> own_services(const OwnedRun& run, const std::string& node) {
  std::vector<cluster::Service> services{
      {.name = "journal",
       .node = node,
       .capabilities = {std::string{cluster::capability::journal}},
       .metadata = {{"epoch", std::to_string(run.claim.epoch)},
                    {"pid", std::to_string(run.claim.pid)}}}};
  const char* attempt = std::getenv(launch_variable);
  if (launcher_finishes() && attempt != nullptr)  // on which host it runs is not known here
    services.push_back({.name = "launcher",
                        .node = {},
                        .capabilities = {std::string{cluster::capability::relaunch}},
                        .metadata = {{"attempt", attempt}}});
  return services;
}

Members::Options members_options(const Problem& problem, const OwnedRun& run) {
  const std::vector<cluster::PlacedNode>& nodes = problem.placement().nodes;
  return {.placement = {.nodes = nodes, .at = core::wall_now()},
          .services = own_services(run, nodes.front().node),
          .lease = 2 * problem.job().execution.heartbeat_timeout};
}

campaign::CoordinatorOptions coordinator_options(const Problem& problem, const OwnedRun& run,
                                                 const OptimizeOptions& asked, int ranks) {
  const job::ExecutionOptions& execution = problem.job().execution;
  campaign::CoordinatorOptions options;
  options.scheduler.chunk_target = execution.chunk_target;
  options.journal.run = problem.identity();
  options.journal.epoch = run.claim.epoch;
  options.job = problem.job_record();
  options.session = {.version = FOUNDATION_VERSION,
                     .host = run.claim.host,
                     .pid = run.claim.pid,
                     .ranks = static_cast<std::uint32_t>(ranks),
                     .batch_job = run.claim.batch_job,
                     .started_at = core::wall_now()};
  options.start = start_plan(problem.placement());
  options.objectives = problem.objectives_record();
  options.seed = problem.job().seed;
  options.keep_outputs = execution.keep_outputs;
  options.suspects = run.suspects;
  options.planned_evaluations = problem.planned_evaluations();
  options.publish_interval = execution.publish_interval;
  if (asked.end_time) limit_time(options, *asked.end_time, execution.end_margin);
  return options;
}

/// A thread in a cell cannot be stopped, and MPI_Finalize would wait for a rank in one.
void leave_them_behind(const OptimizeOptions& options, OptimizeOutcome outcome,
                       Publisher& publisher) {
  if (!options.end_here) return;
  if (!launcher_finishes()) outcome.view_written = publisher.finish(view_limit);
  options.end_here(outcome);
}

/// Rank 0: coordinator on one thread, its own worker's slots on the others.
EndReport coordinate(const Problem& problem, OwnedRun& run, const OptimizeOptions& options,
                     messaging::Channels* channels, WorkerWatch* watch, const Keeper& keeper,
                     Publisher& publisher, std::string& first_failure) {
  const std::vector<std::uint32_t>& slots = problem.setup().slots;
  const int ranks = static_cast<int>(slots.size());
  const auto others =
      std::count_if(slots.begin() + 1, slots.end(), [](std::uint32_t count) { return count > 0; });
  Evaluator in_process{problem.program(), problem.metric(), problem.setup().data,
                       problem.setup().trials, &keeper.marks()};
  const auto budget = endpoints::BudgetDesk::budget_of(problem.budget());
  ChildEvaluator evaluator{
      in_process, keeper, problem.setup(),
      isolation_of(problem.setup().program, problem.program(), problem.metric()), budget.get()};
  std::optional<BudgetOffice> office;
  if (budget) office.emplace(*problem.budget(), limits_of(problem.setup()), run.recovered.spending);
  Mailbox to_worker;
  Mailbox to_coordinator;
  LoopbackLink link{to_worker, to_coordinator};
  Members members{members_options(problem, run)};
  ProgressPrinter printer{problem.job().execution.progress_interval};
  std::unique_ptr<CoordinatorHost> host;
  std::unique_ptr<WorkerHost> worker;
  EndReport report;
  FirstException failure;
  omp_set_dynamic(0);
#pragma omp parallel num_threads(static_cast <int>(slots.front()) + 1)
  {
#pragma omp single
    {
      const auto own_slots = static_cast<std::uint32_t>(omp_get_num_threads() - 1);
      host = std::make_unique<CoordinatorHost>(CoordinatorHost::Parts{
          .channels = channels,
          .ranks = ranks,
          .workers = static_cast<int>(others) + (own_slots > 0 ? 1 : 0),
          .to_worker = own_slots > 0 ? &to_worker : nullptr,
          .to_coordinator = own_slots > 0 ? &to_coordinator : nullptr,
          .disk = run.disk.get(),
          .publisher = &publisher,
          .printer = options.quiet ? nullptr : &printer,
          .watch = watch,
          .members = &members,
          .budget = office ? &*office : nullptr,
          .stop_file = std::string{stop_file},
          .farewell_limit = has_launcher() ? short_farewell : long_farewell});
      if (own_slots > 0)
        worker = std::make_unique<WorkerHost>(link, evaluator, describe_worker(own_slots));
    }
    try {
      if (omp_get_thread_num() != 0) {
        worker->run_slot();
      } else {
        if (watch != nullptr) watch->expect_all(core::monotonic_now());
        campaign::Coordinator coordinator{coordinator_options(problem, run, options, ranks),
                                          *run.trajectory,
                                          *run.store,
                                          problem.scoring(),
                                          run.recovered,
                                          problem.examples(),
                                          *host,
                                          host->now()};
        report = host->run(coordinator);
        first_failure = coordinator.first_failure();
        if (!host->everybody_left()) {
          OptimizeOutcome outcome;
          outcome.report = report;
          outcome.run_folder = run.folder;
          leave_them_behind(options, outcome, publisher);
        }
      }
    } catch (...) {
      failure.keep();
      if (omp_get_thread_num() == 0) {
        host->abandon();
      } else {
        host->slot_failed();
      }
    }
  }
  printer.close();
  say_usage(problem.program(), problem.metric());
  failure.rethrow();
  return report;
}

WorkerSetup nothing_to_do() {
  WorkerSetup setup;
  setup.go = false;
  return setup;
}

/// What every rank sees of its node, by rank, on rank 0. Collective.
std::vector<cluster::NodeResources> sample_ranks(const messaging::Session* session) {
  const cluster::NodeResources own = cluster::sample_node();
  if (session == nullptr) return {own};
  std::vector<cluster::NodeResources> ranks;
  for (const auto& bytes : session->gather(pack_resources(own)))
    ranks.push_back(unpack_resources(bytes));
  return ranks;
}

/// What rank 0 shares with the other ranks; nothing in a run of one process.
struct Ranks {
  messaging::Session* session = nullptr;
  std::optional<WatchSetup> watch_setup{};
  std::optional<WorkerWatch> watch{};
  std::optional<messaging::Channels> channels{};

  void tell(const WorkerSetup& setup) const {
    if (session == nullptr) return;
    auto bytes = pack_setup(setup);
    session->broadcast(bytes);
  }
  [[nodiscard]] int count() const { return session == nullptr ? 1 : session->size(); }
  [[nodiscard]] int on_node() const { return session == nullptr ? 1 : session->ranks_on_node(); }

  /// Before the workers are told anything: it may fail.
  void prepare_watch(const job::ExecutionOptions& execution, const OwnedRun& run,
                     const core::Digest& identity) {
    if (count() < 2) return;
    watch_setup = WatchSetup{.sockets = execution.liveness != job::Watching::mpi,
                             .insist = execution.liveness == job::Watching::tcp,
                             .timeout = execution.heartbeat_timeout,
                             .key = messaging::make_session_key(identity, run.claim.epoch),
                             .endpoints = {}};
    const bool one_node = on_node() == count();
    watch.emplace(*watch_setup, messaging::addresses_to_offer(one_node),
                  static_cast<std::uint32_t>(count()));
  }
  void open() {
    if (session == nullptr) return;
    if (watch_setup) {
      auto bytes = pack_watch(*watch_setup);
      session->broadcast(bytes);
    }
    channels.emplace(*session);
  }
  /// With lost ranks, or where the launcher allows it, MPI is left as it is.
  ~Ranks() {
    if (watch_setup) messaging::forget(watch_setup->key);
    if (session == nullptr || !(has_launcher() || (watch && watch->lost() > 0))) return;
    if (channels) channels->abandon();
    session->abandon();
  }
};

/// The run is claimed and the workers know their task.
void run_session(const Problem& problem, OwnedRun& run, const OptimizeOptions& options,
                 Keeper& keeper, Ranks& ranks, OptimizeOutcome& outcome) {
  ranks.open();
  catch_stop_signals();
  keeper.marks().arm(run.folder);
  Publisher publisher{keeper, run.folder};
  outcome.report =
      coordinate(problem, run, options, ranks.channels ? &*ranks.channels : nullptr,
                 ranks.watch ? &*ranks.watch : nullptr, keeper, publisher, outcome.first_failure);
  if (!launcher_finishes()) outcome.view_written = publisher.finish(view_limit);
}

OptimizeOutcome run_rank_zero(const OptimizeOptions& options, Keeper& keeper,
                              messaging::Session* session,
                              std::span<const cluster::NodeResources> resources) {
  Ranks ranks{session};
  bool told = false;
  try {
    Problem problem{options};
    const auto existing = existing_run(problem, options);
    OptimizeOutcome outcome;
    if (existing) {
      if (options.salvage) salvage_run(*existing, options.take_over);
      if (const auto answer = answer_of(problem, *existing)) {
        ranks.tell(nothing_to_do());
        outcome.report = {campaign::Ending::done, {}, answer};
        outcome.run_folder = *existing;
        outcome.already_complete = true;
        return outcome;
      }
    }
    problem.place(resources);
    OwnedRun run = own_run(problem, options, existing);
    outcome.run_folder = run.folder;
    try {
      ranks.prepare_watch(problem.job().execution, run, problem.identity());
      ranks.tell(problem.setup());
      told = true;
      run_session(problem, run, options, keeper, ranks, outcome);
    } catch (...) {
      leave_failure_note(run);
      throw;
    }
    return outcome;
  } catch (...) {
    if (!told) ranks.tell(nothing_to_do());
    throw;
  }
}

}  // namespace

OptimizeOutcome optimize(const OptimizeOptions& options, Keeper& keeper) {
  const messaging::Launch launch = messaging::detect_launch();
  std::optional<messaging::Session> session;
  if (launch.under_mpi) session.emplace(launch);
  if (!launch.under_mpi && launch.expected_ranks > 1)
    throw core::Error{core::ErrorKind::infrastructure,
                      fmt::format("srun started {} processes without telling MPI about them",
                                  launch.expected_ranks),
                      "start it with `srun --mpi=pmix`"};
  messaging::Session* shared = session ? &*session : nullptr;
  const auto resources = sample_ranks(shared);
  if (!session || session->rank() == 0) return run_rank_zero(options, keeper, shared, resources);
  run_worker_rank(*session, keeper);
  OptimizeOutcome outcome;
  outcome.rank = session->rank();
  return outcome;
}

}  // namespace foundation::runtime
