#include "bench_trace.hpp"

#include <algorithm>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "capture/process_watch.hpp"
#include "child_process.hpp"
#include "commands.hpp"
#include "core/error.hpp"
#include "messaging/call_cost.hpp"
#include "messaging/session.hpp"
#include "region_cost.hpp"
#include "trace/clock.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::chrono::minutes limit{5};
constexpr int launches = 5;  // each time the system places the two ranks anew

/// The recording of this process, as the recorder has mapped it.
fs::path own_recording() {
  std::ifstream maps{"/proc/self/maps"};
  for (std::string line; std::getline(maps, line);)
    if (line.ends_with(".ftr")) return line.substr(line.find('/'));
  return {};
}

/// One of the two ranks that are measured; the first one writes the result.
void measure(const fs::path& result, int batches) {
  capture::RecordingWatch recording{own_recording()};
  const trace::ClockKind clock = trace::best_clock();
  volatile std::uint64_t seen = 0;
  bool is_first = false;
  const messaging::CallCost cost = messaging::measure_call_cost(
      [&recording](bool on) { recording.set_control(on ? trace::event_class::all : 0); },
      [&seen, clock] { seen = trace::read_clock(clock); }, batches, is_first);
  if (!is_first) return;
  const double region_on = region_cost_ns(batches);
  recording.set_control(0);
  const double region_off = region_cost_ns(batches);
  recording.set_control(trace::event_class::all);
  std::ofstream{result} << json{{"clock_ns", cost.clock},
                                {"bare_ns", cost.bare},
                                {"traced_ns", cost.traced},
                                {"off_ns", cost.off},
                                {"ping_pong_bare_ns", cost.ping_pong_bare},
                                {"ping_pong_traced_ns", cost.ping_pong_traced},
                                {"region_on_ns", region_on},
                                {"region_off_ns", region_off}};
}

/// The words before a command that let a tool record it, into this place.
using Tool = std::function<std::vector<std::string>(const std::string& recording)>;

/// Measures under a tool; nothing if it did not work.
std::optional<json> measure_once(const Tool& tool, const fs::path& folder, int batches) {
  const fs::path result = folder / "result.json";
  fs::create_directory(folder);
  // Ranks that wait give way: on a busy machine the measurement would not end otherwise.
  std::vector<std::string> command{"mpirun",    "-n",   "2",     "--oversubscribe",
                                   "--bind-to", "none", "--mca", "mpi_yield_when_idle",
                                   "1"};
  const std::vector<std::string> words = tool((folder / "recording").string());
  command.insert(command.end(), words.begin(), words.end());
  command.insert(command.end(), {fs::canonical("/proc/self/exe").string(), "bench-trace-rank",
                                 result.string(), std::to_string(batches)});
  const CommandResult run = run_command(command, limit);
  std::ifstream input{result};
  json value = json::parse(input, nullptr, false);
  if (!run.started || run.timed_out || run.exit_status != 0 || !value.is_object())
    return std::nullopt;
  return value;
}

/// The least of each figure over all launches.
std::optional<json> measure_under(const Tool& tool, const fs::path& folder, int batches) {
  std::optional<json> least;
  for (int launch = 0; launch < launches; ++launch) {
    const auto found = measure_once(tool, folder / std::to_string(launch), batches);
    if (!found) return std::nullopt;
    if (!least) least = found;
    for (auto& [name, value] : least->items())
      value = std::min(value.get<double>(), found->at(name).get<double>());
  }
  return least;
}

/// The same under EZTrace, if it is installed. Its module for MPI has the name of the library
/// where there are several.
std::optional<json> measure_under_eztrace(const fs::path& folder, int batches) {
  const CommandResult modules = run_command({"eztrace_avail"}, limit);
  if (!modules.started) return std::nullopt;
  for (const std::string module : {"openmpi", "mpi"}) {
    if (("\n" + modules.output).find("\n" + module + "\t") == std::string::npos) continue;
    const auto tool = [&module](const std::string& recording) {
      return std::vector<std::string>{"eztrace", "-t", module, "-o", recording};
    };
    fs::create_directory(folder / "eztrace");
    return measure_under(tool, folder / "eztrace", batches);
  }
  return std::nullopt;
}

void print(const std::string& tool, const json& it, const std::string& when_off) {
  const auto number = [&it](const char* name) { return it.at(name).get<double>(); };
  fmt::print("{:<11} {:>7.1f} {:>7.1f} {:>9.1f} {:>9} {:>10.0f} {:>10.0f} {:>6.2f}\n", tool,
             number("bare_ns"), number("traced_ns"), number("traced_ns") - number("bare_ns"),
             when_off, number("ping_pong_bare_ns"), number("ping_pong_traced_ns"),
             number("ping_pong_traced_ns") / number("ping_pong_bare_ns"));
}

void run(const Outcome& outcome, int batches) {
  if (messaging::detect_launch().under_mpi)
    throw core::Error{core::ErrorKind::usage, "`bench trace` starts its two ranks itself",
                      "give the command without mpirun or srun"};
  std::string place = (fs::temp_directory_path() / "foundation-bench-XXXXXX").string();
  if (mkdtemp(place.data()) == nullptr) throw core::system_error("create", place, errno);
  const fs::path folder{place};
  const std::string self = fs::canonical("/proc/self/exe").string();
  const auto tool = [&self](const std::string& recording) {
    return std::vector<std::string>{self, "trace", "-q", "-o", recording + ".h5", "--"};
  };
  const auto ours = measure_under(tool, folder, batches);
  auto eztrace = measure_under_eztrace(folder, batches);
  std::error_code ignored;
  fs::remove_all(folder, ignored);
  if (!ours)
    throw core::Error{core::ErrorKind::infrastructure, "the two ranks could not be measured",
                      "try `mpirun -n 2 foundation trace -- ./program` with a small MPI program"};
  const double region_absent = region_cost_ns(batches);
  if (outcome.json) {
    json shown{{"schema", 1}, {"foundation", *ours}, {"region_absent_ns", region_absent}};
    if (eztrace) {  // without what another tool has no switch and no regions for
      for (const char* ours_only : {"off_ns", "region_on_ns", "region_off_ns"})
        eztrace->erase(ours_only);
      shown["eztrace"] = *eztrace;
    }
    fmt::print("{}\n", shown.dump(2));
    return;
  }
  fmt::print("a look at the clock: {:.1f} ns; nanoseconds a call, least of {} times {} batches\n",
             ours->at("clock_ns").get<double>(), launches, batches);
  fmt::print("{:<11} {:>7} {:>7} {:>9} {:>9} {:>10} {:>10} {:>6}\n", "", "bare", "traced", "added",
             "when off", "ping-pong", "traced", "ratio");
  print(
      "foundation", *ours,
      fmt::format("{:.1f}", ours->at("off_ns").get<double>() - ours->at("bare_ns").get<double>()));
  if (eztrace) print("eztrace", *eztrace, "-");
  fmt::print(
      "a region of the program, begin and end: {:.2f} ns without recorder, {:.2f} ns when off, "
      "{:.1f} ns recorded\n",
      region_absent, ours->at("region_off_ns").get<double>(),
      ours->at("region_on_ns").get<double>());
}

}  // namespace

void add_bench_trace(CLI::App& bench, Outcome& outcome) {
  const auto batches = std::make_shared<int>(500);
  CLI::App* command = bench.add_subcommand(
      "trace",
      "What recording costs an MPI call, bare and traced in one run of two ranks, and a region");
  command->add_option("--batches", *batches, "The best of so many a launch")
      ->check(CLI::Range(1, 100'000));
  command->add_flag("--json", outcome.json, "Figures as JSON");
  command->callback([batches, &outcome] { run(outcome, *batches); });
}

void add_bench_trace_rank(CLI::App& app, Outcome&) {
  struct Options {
    std::string result;
    int batches = 0;
  };
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("bench-trace-rank", "");
  command->group("");
  command->add_option("RESULT", options->result)->required();
  command->add_option("BATCHES", options->batches)->required();
  command->callback([options] { measure(options->result, options->batches); });
}

}  // namespace foundation
