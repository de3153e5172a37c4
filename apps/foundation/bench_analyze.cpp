#include "bench_analyze.hpp"

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
#include "analysis/open_trace.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "trace/recorder.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

constexpr std::int32_t ranks = 4;
constexpr std::uint64_t events_a_step = 8;

struct Figures {
  std::uint64_t events = 0;
  double seconds = 0;
  double peak_mib = 0;
  double cpu_s = 0;
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
rusage in_child(Work&& work) {
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
  return used;
}

void make_recording(const fs::path& folder, std::int32_t rank, std::uint64_t steps,
                    std::uint64_t begin) {
  const fs::path file = folder / fmt::format("{}.ftr", rank);
  trace::RecorderOptions options;
  options.path = file.c_str();
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

Figures measure(const fs::path& parent, std::uint64_t events) {
  const std::uint64_t steps = std::max<std::uint64_t>(events / (ranks * events_a_step), 1);
  const fs::path folder = parent / fmt::format("events-{}", events);
  fs::create_directories(folder);
  const std::uint64_t begin = trace::read_clock(trace::best_clock()) + 1'000'000'000;
  for (std::int32_t rank = 0; rank < ranks; ++rank)
    in_child([&] { make_recording(folder, rank, steps, begin); });
  const auto start = std::chrono::steady_clock::now();
  const rusage used = in_child([&] {
    const analysis::TraceSet traces = analysis::open_trace(folder);
    const analysis::Analysis found = analysis::analyze(traces);
    if (found.counts.events != steps * ranks * events_a_step || found.diagnosis.unsent != 0)
      throw core::Error{core::ErrorKind::corrupt_data, "the analysis lost events"};
  });
  const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - start;
  fs::remove_all(folder);
  const auto seconds = [](const timeval& it) {
    return static_cast<double>(it.tv_sec) + 1e-6 * static_cast<double>(it.tv_usec);
  };
  return {.events = steps * ranks * events_a_step,
          .seconds = passed.count(),
          .peak_mib = static_cast<double>(used.ru_maxrss) / 1024,
          .cpu_s = seconds(used.ru_utime) + seconds(used.ru_stime)};
}

}  // namespace

void bench_analyze(const fs::path& folder, const std::vector<std::string>& sizes, bool json) {
  nlohmann::json rows = nlohmann::json::array();
  if (!json)
    fmt::print("{:>12} {:>10} {:>10} {:>14} {:>12}\n", "events", "seconds", "CPU s", "events/CPU s",
               "peak MiB");
  for (const std::string& size : sizes) {
    const auto events = core::parse_count(size);
    if (!events)
      throw core::Error{core::ErrorKind::usage, fmt::format("'{}' is no number of events", size),
                        "write it as 1000000 or 10M"};
    const Figures it = measure(folder, *events);
    rows.push_back({{"events", it.events},
                    {"seconds", it.seconds},
                    {"cpu_seconds", it.cpu_s},
                    {"peak_mib", it.peak_mib}});
    if (!json)
      fmt::print("{:>12} {:>10.2f} {:>10.2f} {:>14.0f} {:>12.1f}\n", it.events, it.seconds,
                 it.cpu_s, static_cast<double>(it.events) / it.cpu_s, it.peak_mib);
  }
  if (json) fmt::print("{}\n", nlohmann::json{{"schema", 1}, {"cases", rows}}.dump(2));
}

}  // namespace foundation
