#include "tests/simulation/launch.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace foundation::simulation {

using campaign::launch::Finish;
using campaign::launch::Probe;
using campaign::launch::Say;
using campaign::launch::Signal;
using campaign::launch::Start;
using campaign::launch::Tidy;
using core::Duration;

namespace {

constexpr double signal_median_s = 0.01;

/// Ranks are workers here; each host may have the same number of them.
campaign::LauncherOptions with_hosts(const Options& options) {
  campaign::LauncherOptions launch = options.launch;
  launch.ranks = options.workers;
  const std::uint32_t each = (options.workers + options.hosts - 1) / options.hosts;
  for (std::uint32_t host = 0; host < options.hosts; ++host)
    launch.hosts.push_back({fmt::format("host{}", host), each});
  return launch;
}

}  // namespace

Launch::Launch(Kernel& kernel, LaunchWorld& world, std::uint32_t number)
    : kernel_{kernel},
      world_{world},
      number_{number},
      process_{kernel.start_process()},
      options_{with_hosts(kernel.options())},
      oracle_{options_} {
  for (std::uint32_t host = 0; host < options_.hosts.size(); ++host)
    hosts_[options_.hosts[host].name] = host;
}

bool Launch::begin() {
  const auto evaluations = world_.count_evaluations();
  if (!evaluations) {
    kernel_.kill(process_);
    return false;
  }
  evaluations_ = *evaluations;
  const campaign::RunState before = world_.look_at_run(*this);
  oracle_.woke(now());
  oracle_.looked(before);
  oracle_.tidied(evaluations_);
  launcher_.emplace(options_, before, evaluations_, now());
  perform();
  kernel_.after(kernel_.options().look, EventKind::tick, process_, [this] { watch(); });
  return true;
}

Duration Launch::draw(double median_s) {
  core::Stream stream = draw_stream(kernel_.options().seed, Draw::launch, number_, draws_++);
  return log_normal(stream, median_s, 1);
}

/// The end of the process manager before the last look: a note may come in between.
void Launch::watch() {
  oracle_.woke(now());
  if (watching_) {
    update_manager();
    const bool gone = !manager_.alive;
    look();
    if (gone) launcher_->ended("the process manager ended", now());
  }
  launcher_->tick(now());
  perform();
  if (!finished_)
    kernel_.after(kernel_.options().look, EventKind::tick, process_, [this] { watch(); });
}

void Launch::look() {
  const campaign::RunState state = world_.look_at_run(*this);
  oracle_.looked(state);
  launcher_->looked(state, now());
}

void Launch::perform() {
  for (auto actions = launcher_->take_actions(); !actions.empty();
       actions = launcher_->take_actions())
    for (const campaign::launch::Action& action : actions) {
      kernel_.trace(action.index());
      std::visit(*this, action);
    }
}

// --- what the launcher wants ---------------------------------------------------------------------

void Launch::operator()(const Probe& wanted) {
  kernel_.after(draw(0.05), EventKind::launch, process_, [this, hosts = wanted.hosts] {
    oracle_.woke(now());
    std::vector<std::string> reachable;
    for (const campaign::LaunchHost& host : hosts)
      if (world_.answers(hosts_.at(host.name))) reachable.push_back(host.name);
    oracle_.probed(reachable);
    look();
    launcher_->probed(reachable, "the others", now());
    perform();
  });
}

void Launch::operator()(const Start& start) {
  oracle_.check_start(start, nobody_left());
  kernel_.note([&] { return fmt::format("launcher: attempt {}", start.attempt); });
  Placement placement{hosts_.at(start.hosts.front().name), {}};
  for (const campaign::LaunchHost& host : start.hosts)
    placement.workers.insert(placement.workers.end(), host.ranks, hosts_.at(host.name));
  manager_ = {.attempt = start.attempt, .alive = true, .starting = true};
  watching_ = true;
  if (std::exchange(next_start_hangs_, false)) return;
  kernel_.after(draw(kernel_.options().start_s), EventKind::launch, ProcessId::none,
                [this, placement, attempt = start.attempt] { start_ranks(attempt, placement); });
}

/// Where rank 0 dies of it, `starting` is over, too: the process manager has nobody left.
void Launch::start_ranks(std::uint32_t attempt, const Placement& placement) {
  if (!manager_.starting || manager_.attempt != attempt) return;
  manager_.starting = false;
  manager_.session = world_.begin_session(*this, placement);
  if (manager_.session != nullptr) sessions_.push_back(manager_.session);
}

void Launch::operator()(Signal signal) {
  oracle_.check_signal(signal);
  kernel_.note([&] { return fmt::format("launcher: signal {}", static_cast<int>(signal)); });
  Session* session = manager_.session;
  if (signal == Signal::kill) return end_manager(draw(signal_median_s));
  if (signal == Signal::terminate && std::exchange(manager_.hangs, false)) return;
  if (session != nullptr)
    kernel_.after(draw(signal_median_s), EventKind::control, session->process(),
                  [session] { session->stop(); });
  // It is patient with its ranks, but not for long.
  if (signal == Signal::terminate)
    kernel_.after(draw(1), EventKind::control, ProcessId::none, [this, attempt = manager_.attempt] {
      if (attempt == manager_.attempt) end_manager(Duration{0});
    });
}

void Launch::operator()(const Tidy&) {
  watching_ = false;
  end_ranks(sessions_.size());
  kernel_.after(draw(0.05), EventKind::launch, process_, [this] {
    oracle_.woke(now());
    evaluations_ = world_.count_evaluations().value_or(evaluations_);
    look();
    oracle_.tidied(evaluations_);
    launcher_->tidied(evaluations_, now());
    perform();
  });
}

void Launch::operator()(const Say& say) {
  kernel_.note([&] { return fmt::format("launcher: {}", say.text); });
}

void Launch::operator()(const Finish& finish) {
  finished_ = true;
  kernel_.note([&] {
    return fmt::format("launcher: finish {} {}{}", static_cast<int>(finish.outcome),
                       finish.note.file, finish.reason);
  });
  oracle_.check_finish(finish, nobody_left());
  kernel_.kill(process_);
  world_.launch_finished(finish);
}

// --- the process manager and its ranks -----------------------------------------------------------

bool Launch::owns(const Session& session) const {
  return std::ranges::find(sessions_, &session) != sessions_.end();
}

void Launch::update_manager() {
  const auto nowhere = [](std::uint32_t) { return false; };
  const bool has_ranks =
      manager_.starting || (manager_.session != nullptr && !manager_.session->is_gone(nowhere));
  if (!has_ranks && !manager_.hangs) manager_.alive = false;
}

void Launch::end_manager(Duration ranks_notice) {
  manager_.alive = false;
  manager_.starting = false;
  kernel_.after(ranks_notice, EventKind::control, ProcessId::none,
                [this, sessions = sessions_.size()] { end_ranks(sessions); });
}

/// On the hosts that can be reached; the others notice by themselves.
void Launch::end_ranks(std::size_t sessions) {
  for (std::size_t i = 0; i < sessions; ++i) {
    std::set<std::uint32_t>& left = left_behind_[sessions_[i]];
    sessions_[i]->kill_on([&](std::uint32_t host) {
      if (!world_.answers(host)) left.insert(host);
      return world_.answers(host);
    });
  }
}

bool Launch::nobody_left() const {
  return !manager_.alive && std::ranges::all_of(sessions_, [this](const Session* session) {
    const auto left = left_behind_.find(session);
    return session->is_gone([&](std::uint32_t host) {
      return left != left_behind_.end() && left->second.contains(host);
    });
  });
}

// --- what happens to it --------------------------------------------------------------------------

void Launch::stop(bool interrupt) {
  kernel_.after(Duration{0}, EventKind::control, process_, [this, interrupt] {
    oracle_.woke(now());
    oracle_.stopped();
    launcher_->stop("stopped by a fault", interrupt, now());
    perform();
  });
}

void Launch::pause(Duration span, bool with_ranks) {
  kernel_.pause(process_, span);
  if (with_ranks && manager_.session != nullptr) manager_.session->pause_all(span);
}

void Launch::kill() {
  kernel_.kill(process_);
  end_manager(draw(signal_median_s));
}

void Launch::vanish() {
  kernel_.kill(process_);
  manager_ = {};
}

bool Launch::kill_manager() {
  if (!manager_.alive) return false;
  end_manager(draw(signal_median_s));
  return true;
}

bool Launch::hang_manager() {
  if (manager_.alive) manager_.hangs = true;
  return manager_.alive;
}

bool Launch::hang_start() {
  if (is_over()) return false;
  next_start_hangs_ = true;
  return true;
}

void Launch::host_lost(std::uint32_t host) {
  if (manager_.session == nullptr) return;
  manager_.hangs = manager_.hangs || manager_.session->has_ranks_on(host);
}

}  // namespace foundation::simulation
