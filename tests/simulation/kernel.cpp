#include "tests/simulation/kernel.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <utility>

#include <fmt/format.h>

namespace foundation::simulation {
namespace {

std::uint64_t mix(std::uint64_t hash, std::uint64_t value) noexcept {
  hash ^= value + 0x9E3779B97F4A7C15U + (hash << 6) + (hash >> 2);
  hash *= 0xBF58476D1CE4E5B9U;
  return hash ^ (hash >> 29);
}

}  // namespace

std::string_view name_of(EventKind kind) noexcept {
  constexpr std::array<std::string_view, 9> names{"tick", "beat", "launch", "recover", "message",
                                                  "work", "disk", "loss",   "control"};
  return names[static_cast<std::size_t>(kind)];
}

void EventLog::add(core::Time at, EventKind kind, std::uint32_t process,
                   std::uint64_t detail) noexcept {
  for (std::uint64_t* hash : {&hash_, &course_}) {
    *hash = mix(*hash, static_cast<std::uint64_t>(at.ns));
    *hash = mix(*hash, (std::uint64_t{process} << 8) | static_cast<std::uint64_t>(kind));
    *hash = mix(*hash, detail);
  }
}

void EventLog::add_content(std::uint64_t content) noexcept { hash_ = mix(hash_, content); }

void EventLog::note(core::Time at, std::string_view text) const {
  const std::string line = fmt::format("{:12.6f}  {}\n", static_cast<double>(at.ns) * 1e-9, text);
  std::fwrite(line.data(), 1, line.size(), stdout);
}

Kernel::Kernel(const Options& options, bool print) : options_{options}, log_{print} {}

ProcessId Kernel::start_process() {
  processes_.emplace_back();
  return ProcessId{static_cast<std::uint32_t>(processes_.size() - 1)};
}

void Kernel::kill(ProcessId id) {
  process(id).alive = false;
  process(id).deferred.clear();
}

bool Kernel::is_alive(ProcessId id) const { return processes_[static_cast<std::size_t>(id)].alive; }

bool Kernel::is_paused(ProcessId id) const {
  return processes_[static_cast<std::size_t>(id)].paused;
}

void Kernel::pause(ProcessId id, core::Duration span) {
  process(id).paused = true;
  ++process(id).pauses;
  push(now_ + span, EventKind::control, ProcessId::none, [this, id] { resume(id); });
}

void Kernel::freeze(ProcessId id) {
  process(id).paused = true;
  ++process(id).pauses;
}

/// What waited is handled now, in its order, before anything else that comes later.
void Kernel::resume(ProcessId id) {
  if (--process(id).pauses > 0) return;
  process(id).paused = false;
  for (Event& event : std::exchange(process(id).deferred, {})) {
    event.at = now_;
    event.tie = 0;
    event.sequence = ++sequence_;
    queue_.push(std::move(event));
  }
}

void Kernel::push(core::Time at, EventKind kind, ProcessId process, Action action) {
  ++sequence_;
  core::Stream stream =
      draw_stream(options_.seed, Draw::tie, static_cast<std::uint32_t>(sequence_));
  queue_.push({std::max(at, now_), stream.next(), sequence_, kind, process, std::move(action)});
}

void Kernel::after(core::Duration span, EventKind kind, ProcessId process, Action action) {
  push(now_ + span, kind, process, std::move(action));
}

core::Time Kernel::send(ProcessId from, ProcessId to, Channel channel, Action action,
                        EventKind kind) {
  const std::uint32_t key = static_cast<std::uint32_t>(from) * 65'536U +
                            static_cast<std::uint32_t>(to) * 4U +
                            static_cast<std::uint32_t>(channel);
  LinkState& link = links_[{from, to, channel}];
  core::Stream stream = draw_stream(options_.seed, Draw::network, key, link.messages++);
  const core::Time arrival =
      now_ + log_normal(stream, options_.delay_median_s, options_.delay_sigma);
  link.free = std::max(arrival, link.free + core::Duration{1});
  push(link.free, kind, to, std::move(action));
  return link.free;
}

void Kernel::block(ProcessId from, ProcessId to, core::Duration span) {
  for (const Channel channel :
       {Channel::control, Channel::events, Channel::data, Channel::liveness}) {
    LinkState& link = links_[{from, to, channel}];
    link.free = std::max(link.free, now_ + span);
  }
  core::Time& until = blocked_[{from, to}];
  until = std::max(until, now_ + span);
}

bool Kernel::is_blocked(ProcessId from, ProcessId to) const {
  const auto found = blocked_.find({from, to});
  return found != blocked_.end() && found->second > now_;
}

bool Kernel::step() {
  handler_ = ProcessId::none;
  if (queue_.empty()) return false;
  Event event = std::move(const_cast<Event&>(queue_.top()));  // popped at once: order is kept
  queue_.pop();
  now_ = event.at;
  handle(event);
  return true;
}

void Kernel::handle(Event& event) {
  if (event.process != ProcessId::none) {
    Process& target = process(event.process);
    if (!target.alive) return;
    if (target.paused) {
      target.deferred.push_back(std::move(event));
      return;
    }
  }
  handler_ = event.process;
  ++events_;
  if (event.kind != EventKind::tick && event.kind != EventKind::beat) ++moments_;
  log_.add(now_, event.kind, static_cast<std::uint32_t>(event.process), sequence_);
  event.action();
}

void Kernel::trace(std::uint64_t detail) noexcept { log_.add(now_, EventKind::control, 0, detail); }

}  // namespace foundation::simulation
