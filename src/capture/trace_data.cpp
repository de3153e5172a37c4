#include "capture/trace_data.hpp"

#include <algorithm>
#include <exception>
#include <set>
#include <tuple>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "capture/detail/keep_scopes.hpp"
#include "capture/detail/window_extent.hpp"
#include "capture/job_view.hpp"
#include "capture/window_file.hpp"
#include "core/error.hpp"

namespace foundation::capture {

namespace fs = std::filesystem;
using analysis::TraceTime;

namespace {

constexpr std::size_t read_events = 16384;
constexpr std::size_t shown_ranks = 8;

bool is_readable(const fs::path& file) {
  try {
    static_cast<void>(trace::Recording{file});
    return true;
  } catch (const core::Error& error) {
    if (error.kind() != core::ErrorKind::corrupt_data) throw;
    return false;
  }
}

}  // namespace

TraceData::TraceData(const TraceFolder& folder, const JobFile& job,
                     std::vector<fs::path> recordings, std::optional<std::uint64_t> window)
    : windows_{WindowFile{folder}.read()} {
  std::vector<ProcessFacts> logs;
  const Attendance attended{folder, job};
  // Logs first: a program whose log is here has its recording here, too, if it has one.
  for (const fs::path& file : folder.logs()) {
    logs.push_back(read_process_log(file));
    if (logs.back().ending == Ending::running && !attended(file))
      logs.back().ending = Ending::unknown;  // the wrapper died first
    files_.push_back(file);
  }
  if (recordings.empty()) recordings = folder.recordings();
  open_recordings(recordings);
  join_logs(std::move(logs));
  if (window) keep_window(*window);
  count_emitted();
  keep_scopes();
  lay_out_events();
  judge();
}

void TraceData::open_recordings(const std::vector<fs::path>& files) {
  std::vector<fs::path> readable;
  for (const fs::path& file : files) {
    files_.push_back(file);
    if (is_readable(file)) {
      readable.push_back(file);
    } else {
      damaged_.push_back(file.filename().string());
    }
  }
  if (readable.empty()) return;
  recordings_.emplace(readable);
  for (std::uint32_t i = 0; i < recordings_->processes().size(); ++i)
    processes_.push_back({.recorded = i, .facts = {}, .calls = {}, .points = {}});
}

void TraceData::join_logs(std::vector<ProcessFacts> logs) {
  std::ranges::stable_sort(logs, [](const ProcessFacts& a, const ProcessFacts& b) {
    return std::tuple{a.rank, a.process} < std::tuple{b.rank, b.process};
  });
  for (ProcessEntry& entry : processes_) {
    const auto& recorded = recordings_->processes()[*entry.recorded].recording->facts();
    const auto found = std::ranges::find_if(logs, [&](const ProcessFacts& log) {
      return log.host == recorded.host && log.process == recorded.process;
    });
    if (found != logs.end()) {
      entry.facts = std::move(*found);
      logs.erase(found);
    } else {
      entry.facts.host = recorded.host;
      entry.facts.process = recorded.process;
    }
    if (recorded.rank >= 0) entry.facts.rank = recorded.rank;
    if (recorded.ranks > 0) entry.facts.ranks = recorded.ranks;
  }
  for (ProcessFacts& log : logs)
    processes_.push_back({.recorded = {}, .facts = std::move(log), .calls = {}, .points = {}});
}

void TraceData::keep_window(std::uint64_t id) {
  std::erase_if(windows_, [id](const Window& it) { return it.id != id; });
  for (ProcessEntry& entry : processes_) {
    std::vector<ProcessWindow>& known = entry.facts.windows;
    std::erase_if(known, [id](const ProcessWindow& it) { return it.id != id; });
    if (entry.recorded)
      detail::keep_window(*recordings_, *entry.recorded, known.empty() ? nullptr : &known.front());
  }
}

void TraceData::count_emitted() {
  for (ProcessEntry& entry : processes_) {
    if (!entry.recorded) continue;
    for (const auto& it : recordings_->processes()[*entry.recorded].recording->streams()) {
      entry.emitted += it.published;
      left_out_ += it.published - it.oldest;
    }
  }
}

void TraceData::keep_scopes() {
  if (!recordings_) return;
  detail::WindowNumbers numbers;
  for (std::uint32_t i = 0; i < windows_.size(); ++i) numbers.emplace(windows_[i].id, i);
  for (const ProcessEntry& entry : processes_)
    if (entry.recorded)
      recordings_->set_windows(*entry.recorded,
                               detail::recorded_windows(recordings_->processes()[*entry.recorded],
                                                        entry.facts.windows, numbers),
                               entry.facts.ending == Ending::running);
  notes_ = detail::keep_scopes(*recordings_, windows_);
}

void TraceData::lay_out_events() {
  std::set<std::string> hosts;
  started_at_ = recordings_ ? recordings_->started_at() : 0;
  for (std::uint32_t row = 0; row < processes_.size(); ++row) {
    ProcessEntry& entry = processes_[row];
    hosts.insert(entry.facts.host);
    ranks_ = std::max(ranks_, entry.facts.ranks);
    if (command_.empty()) command_ = entry.facts.command;
    if (!recordings_ && (started_at_ == 0 || entry.facts.started_wall_ns < started_at_))
      started_at_ = entry.facts.started_wall_ns;
    if (!entry.recorded) continue;
    const analysis::Process& process = recordings_->processes()[row];
    const auto& streams = process.recording->streams();
    names_dropped_ += process.recording->facts().definitions_dropped;
    for (std::uint32_t stream = 0; stream < streams.size(); ++stream) {
      const ThreadRows rows{row, stream, events_, streams[stream]};
      threads_.push_back(rows);
      events_ += rows.rows();
      entry.kept += rows.rows();
      entry.dropped += rows.extent.dropped;
      if (rows.rows() == 0) continue;
      trace::Event first, last;
      process.recording->read(stream, rows.extent.oldest, {&first, 1});
      process.recording->read(stream, rows.extent.published - 1, {&last, 1});
      const TraceTime begin = process.time.at(first.ticks);
      entry.first_event = entry.first_event < 0 ? begin : std::min(entry.first_event, begin);
      entry.last_event = std::max(entry.last_event, process.time.at(last.ticks));
    }
    dropped_ += entry.dropped;
    duration_ = std::max(duration_, entry.last_event);
  }
  left_out_ -= events_;
  hosts_ = static_cast<std::uint32_t>(std::max<std::size_t>(hosts.size(), 1));
}

void TraceData::judge() {
  std::vector<std::int32_t> seen, absent, running, lost;
  for (const ProcessEntry& it : processes_) {
    seen.push_back(it.facts.rank);
    if (it.facts.ending == Ending::running) running.push_back(it.facts.rank);
    if (it.facts.ending == Ending::unknown) lost.push_back(it.facts.rank);
  }
  if (processes_.empty() || processes_.front().facts.rank >= 0)
    for (std::int32_t rank = 0; rank < ranks_; ++rank)
      if (std::ranges::find(seen, rank) == seen.end()) absent.push_back(rank);
  std::vector<std::string> words;
  const auto say = [&words](const std::vector<std::int32_t>& ranks, const char* what) {
    if (ranks.empty()) return;
    const std::span shown{ranks.data(), std::min(ranks.size(), shown_ranks)};
    words.push_back(fmt::format("rank{} {}{} {}", ranks.size() > 1 ? "s" : "",
                                fmt::join(shown, ", "), shown.size() < ranks.size() ? ", ..." : "",
                                what));
  };
  say(absent, "missing");
  say(running, "still running");
  say(lost, "lost with the process that watched over it");
  if (!damaged_.empty()) words.push_back(fmt::format("unreadable: {}", fmt::join(damaged_, ", ")));
  missing_ = fmt::format("{}", fmt::join(words, "; "));
  const bool partial = !absent.empty() || !running.empty() || processes_.empty();
  status_ = partial ? "partial" : words.empty() ? "complete" : "recovered";
}

void TraceData::count_calls_of(ProcessEntry& entry) const {
  const analysis::Process& process = recordings_->processes()[*entry.recorded];
  CallCounter counter{process};
  std::vector<trace::Event> events;
  for (std::uint32_t stream = 0; stream < process.recording->streams().size(); ++stream) {
    const trace::StreamExtent& extent = process.recording->streams()[stream];
    for (std::uint64_t next = extent.oldest; next < extent.published; next += events.size()) {
      events.resize(std::min<std::uint64_t>(read_events, extent.published - next));
      process.recording->read(stream, next, events);
      PointBlock points{.stream = stream,
                        .first_event = next,
                        .events = static_cast<std::uint32_t>(events.size())};
      for (const trace::Event& event : events) {
        counter.add(event);
        points.counters += event.kind == trace::EventKind::counter ? 1 : 0;
        points.marks += event.kind == trace::EventKind::mark ? 1 : 0;
      }
      if (points.counters + points.marks > 0) entry.points.push_back(points);
    }
    counter.end_stream(entry.last_event);
  }
  entry.calls = counter.counts();
}

void TraceData::count_calls() {
  std::exception_ptr failure;
#pragma omp parallel for schedule(dynamic, 1)
  for (std::size_t i = 0; i < processes_.size(); ++i) {
    if (!processes_[i].recorded) continue;
    try {
      count_calls_of(processes_[i]);
    } catch (...) {
#pragma omp critical(foundation_count_calls)
      if (!failure) failure = std::current_exception();
    }
  }
  if (failure) std::rethrow_exception(failure);
}

}  // namespace foundation::capture
