#include "bench_analyze.hpp"

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "analysis/analysis.hpp"
#include "analysis/event_merge.hpp"
#include "analysis/open_trace.hpp"
#include "capture/merge.hpp"
#include "capture/trace_folder.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "trace/recorder.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t ranks = 4;
constexpr std::uint64_t events_a_step = 8;
constexpr std::uint64_t events_a_read = 16384;
constexpr std::uint64_t trace_id = 1;

/// What one part of the work took.
struct Stage {
  double seconds = 0;
  double cpu_s = 0;
  double peak_mib = 0;
};

struct Figures {
  std::uint64_t events = 0;
  Stage read{};     ///< every event, once, from the page cache
  Stage order{};    ///< and all threads merged into the order of time
  Stage analyze{};  ///< all of `foundation analyze` but its words
  Stage file{};     ///< the HDF5 file made from the recordings
  std::uint64_t file_bytes = 0;
};

/// Events with times made up: steps of work, a message around a ring, and a reduction, in which
/// another rank is late each time.
class Program {
 public:
  Program(std::int32_t rank, std::uint64_t begin) : rank_{rank}, time_{begin} {}

  void record(std::uint64_t steps) {
    const auto region = [](trace::RegionRole role, const char* name) {
      return trace::define_region(role, name, "", 0);
    };
    const auto work = region(trace::RegionRole::program, "work");
    const auto exchange = region(trace::RegionRole::send_receive, "MPI_Sendrecv");
    const auto reduce = region(trace::RegionRole::all_to_all, "MPI_Allreduce");
    const std::int32_t next = (rank_ + 1) % ranks;
    const std::int32_t previous = (rank_ + ranks - 1) % ranks;
    for (std::uint64_t step = 0; step < steps; ++step) {
      const bool late = step % ranks == static_cast<std::uint64_t>(rank_);
      event(trace::EventKind::enter, work, -1, 0);
      event(trace::EventKind::enter, work, -1, late ? 5000 : 1000);
      event(trace::EventKind::leave, work, -1, 10);
      event(trace::EventKind::enter, exchange, next, 10);
      event(trace::EventKind::leave, exchange, previous, late ? 1000 : 5000);
      event(trace::EventKind::leave, work, -1, 10);
      event(trace::EventKind::enter, reduce, -1, 10);
      event(trace::EventKind::leave, reduce, -1, 500);
    }
  }

 private:
  void event(trace::EventKind kind, std::uint16_t region, std::int32_t peer, std::uint64_t after) {
    time_ += after;
    trace::record({.ticks = time_,
                   .kind = kind,
                   .region = region,
                   .peer = peer,
                   .communicator = 1,
                   .value = 64});
  }
  std::int32_t rank_;
  std::uint64_t time_;
};

/// Runs `work` in a child, since there is one recorder a process and memory is counted by process.
template <class Work>
Stage in_child(Work&& work) {
  const auto start = std::chrono::steady_clock::now();
  const pid_t child = fork();
  if (child < 0) throw core::system_error("start", "a process", errno);
  if (child == 0) {
    try {
      work();
      _exit(0);
    } catch (const std::exception& error) {
      fmt::print(stderr, "error: {}\n", error.what());
      _exit(1);
    }
  }
  int status = 0;
  rusage used{};
  while (wait4(child, &status, 0, &used) < 0)
    if (errno != EINTR) throw core::system_error("wait for", "a process", errno);
  if (status != 0) throw core::Error{core::ErrorKind::io, "a part of the measurement failed"};
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  const auto seconds = [](const timeval& it) {
    return static_cast<double>(it.tv_sec) + 1e-6 * static_cast<double>(it.tv_usec);
  };
  return {.seconds = passed.count(),
          .cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime),
          .peak_mib = static_cast<double>(used.ru_maxrss) / 1024};
}

void expect_events(std::uint64_t found, std::uint64_t expected) {
  if (found != expected)
    throw core::Error{core::ErrorKind::corrupt_data,
                      fmt::format("{} of {} events were found", found, expected)};
}

std::uint64_t read_all(const analysis::TraceSet& traces) {
  std::uint64_t kinds = 0;  // each event is looked at
  std::uint64_t count = 0;
  std::vector<trace::Event> events;
  for (const analysis::Process& process : traces.processes())
    for (std::uint32_t stream = 0; stream < process.recording->streams().size(); ++stream) {
      const trace::StreamExtent& extent = process.recording->streams()[stream];
      for (std::uint64_t next = extent.oldest; next < extent.published; next += events.size()) {
        events.resize(std::min(events_a_read, extent.published - next));
        process.recording->read(stream, next, events);
        for (const trace::Event& it : events) kinds += static_cast<std::uint64_t>(it.kind);
        count += events.size();
      }
    }
  return kinds == 0 ? 0 : count;
}

std::uint64_t order_all(const analysis::TraceSet& traces) {
  analysis::EventMerge merge{traces};
  std::uint64_t count = 0;
  while (merge.next() != nullptr) ++count;
  return count;
}

void make_recording(const capture::TraceFolder& folder, std::int32_t rank, std::uint64_t steps,
                    std::uint64_t begin) {
  const fs::path file = folder.recording("bench", rank);
  trace::RecorderOptions options;
  options.path = file.c_str();
  options.trace_id = trace_id;
  if (const char* failed = trace::open_recorder(options))
    throw core::system_error(failed, file.string(), errno);
  trace::set_rank(rank, ranks);
  std::int32_t members[ranks];
  for (std::int32_t i = 0; i < ranks; ++i) members[i] = i;
  const trace::CommunicatorDefinition head{.communicator = 1, .rank = rank, .members = ranks};
  trace::define(trace::DefinitionType::communicator, &head, sizeof head, members, sizeof members);
  Program{rank, begin}.record(steps);
  trace::close_recorder();
}

Figures measure(const fs::path& parent, std::uint64_t wanted) {
  const std::uint64_t steps = std::max<std::uint64_t>(wanted / (ranks * events_a_step), 1);
  const std::uint64_t events = steps * ranks * events_a_step;
  const fs::path output = parent / fmt::format("events-{}.h5", wanted);
  const capture::TraceFolder folder = capture::TraceFolder::of(output, trace_id);
  static_cast<void>(folder.make());
  folder.write({.trace_id = trace_id, .output = output, .ranks = ranks});
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  for (std::int32_t rank = 0; rank < ranks; ++rank)
    in_child([&] { make_recording(folder, rank, steps, begin); });
  Figures it{.events = events};
  it.read = in_child([&] { expect_events(read_all(analysis::open_trace(folder.path())), events); });
  it.order =
      in_child([&] { expect_events(order_all(analysis::open_trace(folder.path())), events); });
  it.analyze = in_child([&] {
    const analysis::Analysis found = analysis::analyze(analysis::open_trace(folder.path()));
    expect_events(found.counts.events, events);
    expect_events(found.diagnosis.unsent + found.diagnosis.unreceived, 0);
  });
  it.file = in_child([&] { expect_events(capture::merge(folder, {}).events, events); });
  it.file_bytes = fs::file_size(output);
  fs::remove(output);
  return it;
}

nlohmann::json to_json(const Stage& it) {
  return {{"seconds", it.seconds}, {"cpu_seconds", it.cpu_s}, {"peak_mib", it.peak_mib}};
}

nlohmann::json to_json(const Figures& it) {
  return {{"events", it.events},        {"read", to_json(it.read)},
          {"order", to_json(it.order)}, {"analyze", to_json(it.analyze)},
          {"file", to_json(it.file)},   {"file_bytes", it.file_bytes}};
}

void print_heading() {
  fmt::print("{:>12} | {:^21} | {:^30} | {:^35}\n", "", "million events a CPU s", "analysis",
             "HDF5 file");
  fmt::print("{:>12} | {:>10} {:>11} | {:>8} {:>10} {:>10} | {:>8} {:>10} {:>8} {:>6}\n", "events",
             "read", "in order", "seconds", "M/CPU s", "peak MiB", "seconds", "M/CPU s", "peak MiB",
             "B/ev.");
}

void print(const Figures& it) {
  const auto rate = [&it](const Stage& stage) {
    return 1e-6 * static_cast<double>(it.events) / std::max(stage.cpu_s, 1e-6);
  };
  fmt::print(
      "{:>12} | {:>10.1f} {:>11.1f} | {:>8.2f} {:>10.2f} {:>10.1f} | {:>8.2f} {:>10.2f} {:>8.1f} "
      "{:>6.2f}\n",
      it.events, rate(it.read), rate(it.order), it.analyze.seconds, rate(it.analyze),
      it.analyze.peak_mib, it.file.seconds, rate(it.file), it.file.peak_mib,
      static_cast<double>(it.file_bytes) / static_cast<double>(it.events));
}

}  // namespace

void bench_analyze(const fs::path& folder, const std::vector<std::string>& sizes, bool json) {
  nlohmann::json rows = nlohmann::json::array();
  if (!json) print_heading();
  for (const std::string& size : sizes) {
    const auto events = core::parse_count(size);
    if (!events)
      throw core::Error{core::ErrorKind::usage, fmt::format("'{}' is no number of events", size),
                        "write it as 1000000 or 10M"};
    const Figures it = measure(folder, *events);
    rows.push_back(to_json(it));
    if (!json) print(it);
  }
  if (json) fmt::print("{}\n", nlohmann::json{{"schema", 2}, {"cases", rows}}.dump(2));
}

}  // namespace foundation
