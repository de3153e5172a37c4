#include "runtime/bench.hpp"

#include <filesystem>
#include <memory>
#include <string>
#include <vector>
#include <unistd.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "bench_analyze.hpp"
#include "bench_commands.hpp"
#include "bench_lm.hpp"
#include "bench_trace.hpp"
#include "commands.hpp"
#include "core/error.hpp"
#include "job_arguments.hpp"
#include "json_output.hpp"
#include "messaging/session.hpp"

namespace foundation {
namespace {

namespace fs = std::filesystem;

struct Bench {
  std::string folder = ".";
  int repetitions = 7;
  std::uint64_t evaluations = 1'000'000;
  std::vector<std::string> events{"1M", "10M"};
  JobArguments job;
  std::uint32_t seeds = 10;
  std::uint32_t races = 200;
};

/// A folder for measurements that is gone afterwards, also after an error.
class ScratchFolder {
 public:
  explicit ScratchFolder(const fs::path& parent)
      : path_{parent / fmt::format("foundation-bench-{}", getpid())} {
    if (std::error_code error; !fs::create_directories(path_, error) && error)
      throw core::system_error("create", path_.string(), error.value());
  }
  ScratchFolder(const ScratchFolder&) = delete;
  ScratchFolder& operator=(const ScratchFolder&) = delete;
  ~ScratchFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  [[nodiscard]] const fs::path& path() const noexcept { return path_; }

 private:
  fs::path path_;
};

nlohmann::json to_json(const runtime::DispatchFigures& figures) {
  nlohmann::json cases = nlohmann::json::array();
  for (const runtime::DispatchCase& it : figures.cases)
    cases.push_back({{"name", it.name},
                     {"window", it.window},
                     {"adaptive", it.adaptive},
                     {"evaluations_per_second", it.ours_per_s},
                     {"farm_tasks_per_second", it.farm_per_s},
                     {"ratio", it.ratio()}});
  return {{"schema", 1},
          {"cases", cases},
          {"ping_pong_us", figures.ping_pong_us},
          {"idle_share_coordinator", figures.idle_cpu_coordinator},
          {"idle_share_worker", figures.idle_cpu_worker}};
}

void print(const runtime::DispatchFigures& figures, int repetitions) {
  fmt::print("{:<38} {:>12} {:>12} {:>7}\n", "dispatch, best of " + std::to_string(repetitions),
             "ours /s", "bare farm /s", "ratio");
  for (const runtime::DispatchCase& it : figures.cases)
    fmt::print("{:<38} {:>12.0f} {:>12.0f} {:>7.2f}\n", it.name, it.ours_per_s, it.farm_per_s,
               it.ratio());
  fmt::print("round trip of a bare message: {:.2f} us; farm at window 1: {:.2f} us a task\n",
             figures.ping_pong_us, 1e6 / figures.cases.front().farm_per_s);
  fmt::print("idle: coordinator {:.2f} %, worker {:.2f} % of a core\n",
             100 * figures.idle_cpu_coordinator, 100 * figures.idle_cpu_worker);
}

void run_dispatch(const Bench& bench, const Outcome& outcome) {
  const messaging::Session session{messaging::detect_launch()};
  if (session.size() < 2)
    throw core::Error{core::ErrorKind::usage, "dispatch is measured between ranks: two at least",
                      "mpirun -n 2 foundation bench dispatch"};
  const ScratchFolder folder{bench.folder};
  const auto figures = runtime::bench_dispatch(session, folder.path(), bench.repetitions);
  if (session.rank() != 0) return;
  if (outcome.json) {
    print_json(to_json(figures));
  } else {
    print(figures, bench.repetitions);
  }
}

void run_resume(const Bench& bench, const Outcome& outcome) {
  const ScratchFolder folder{bench.folder};
  const auto figures = runtime::bench_resume(folder.path() / "run", bench.evaluations);
  if (outcome.json) {
    print_json({{"schema", 1},
                {"evaluations", figures.evaluations},
                {"write_seconds", figures.write_s},
                {"resume_seconds", figures.resume_s},
                {"bytes_per_evaluation", figures.bytes_per_evaluation}});
  } else {
    fmt::print(
        "resume of {} evaluations: {:.3f} s (writing them took {:.3f} s), {:.1f} bytes of "
        "memory an evaluation\n",
        figures.evaluations, figures.resume_s, figures.write_s, figures.bytes_per_evaluation);
  }
}

nlohmann::json to_json(const runtime::QualityFigures& figures) {
  nlohmann::json seeds = nlohmann::json::array();
  for (const runtime::QualityCase& it : figures.seeds)
    seeds.push_back({{"seed", it.seed},
                     {"winner_test", it.winner_test},
                     {"median_labeled_test", it.median_test},
                     {"difference", it.difference.estimate},
                     {"low", it.difference.low},
                     {"high", it.difference.high}});
  nlohmann::json races = nlohmann::json::array();
  for (const runtime::RaceCase& it : figures.races) {
    const optimize::Interval share = optimize::wilson_interval(it.near_best, it.races);
    races.push_back({{"matrix", it.matrix},
                     {"rule", it.rule},
                     {"candidates", it.candidates},
                     {"cells", it.cells},
                     {"races", it.races},
                     {"near_best", it.near_best},
                     {"near_best_low", share.low},
                     {"near_best_high", share.high},
                     {"share_of_cells", it.share_of_cells}});
  }
  return {{"schema", 2}, {"seeds", seeds}, {"races", races}};
}

void print(const runtime::QualityFigures& figures) {
  if (!figures.seeds.empty())
    fmt::print("{:>5} {:>12} {:>20} {:>12} {:>20}\n", "seed", "winner, test",
               "median labelled, test", "difference", "95 % interval, paired");
  for (const runtime::QualityCase& it : figures.seeds)
    fmt::print("{:>5} {:>12.4f} {:>20.4f}  {:>+12.4f}    [{:+.4f}, {:+.4f}]\n", it.seed,
               it.winner_test, it.median_test, it.difference.estimate, it.difference.low,
               it.difference.high);
  if (!figures.races.empty())
    fmt::print("{:<10} {:<9} {:>12} {:>9} {:>30} {:>8}\n", "racing on", "rule", "matrix", "races",
               "winner within 0.01 of the best", "cells");
  for (const runtime::RaceCase& it : figures.races) {
    const optimize::Interval share = optimize::wilson_interval(it.near_best, it.races);
    fmt::print("{:<10} {:<9} {:>12} {:>9} {:>8.1f} %  [{:>5.1f}, {:>5.1f}] % {:>6.1f} %\n",
               it.matrix, it.rule, fmt::format("{} x {}", it.candidates, it.cells), it.races,
               100 * share.estimate, 100 * share.low, 100 * share.high, 100 * it.share_of_cells);
  }
}

void run_quality(const Bench& bench, const Outcome& outcome) {
  runtime::OptimizeOptions options;
  options.job_file = bench.job.file;
  options.overrides = bench.job.overrides;
  const auto figures = runtime::bench_quality(options, bench.seeds, bench.races);
  if (outcome.json) {
    print_json(to_json(figures));
  } else {
    print(figures);
  }
}

}  // namespace

void add_bench(CLI::App& app, Outcome& outcome) {
  const auto bench = std::make_shared<Bench>();
  CLI::App* command = app.add_subcommand("bench", "Measure this machine and this build");
  command->require_subcommand(1);
  const auto add_common = [&](CLI::App* it) {
    it->add_option("--folder", bench->folder, "Where files are written (its disk matters)");
    it->add_flag("--json", outcome.json, "Figures as JSON");
  };
  CLI::App* analyze = command->add_subcommand("analyze", "Analysis of traces of several sizes");
  add_common(analyze);
  analyze->add_option("--events", bench->events, "Events in each, default 1M 10M");
  analyze->callback([bench, &outcome] {
    const ScratchFolder folder{bench->folder};
    bench_analyze(folder.path(), bench->events, outcome.json);
  });
  add_bench_commands(*command, outcome);
  CLI::App* dispatch = command->add_subcommand(
      "dispatch", "Evaluations a second beside a bare MPI farm, and idle ranks (mpirun -n 2)");
  add_common(dispatch);
  dispatch->add_option("--repetitions", bench->repetitions, "The best of so many counts")
      ->check(CLI::Range(1, 1000));
  dispatch->callback([bench, &outcome] { run_dispatch(*bench, outcome); });
  add_bench_lm(*command, outcome);
  add_bench_trace(*command, outcome);
  CLI::App* quality = command->add_subcommand(
      "quality", "What a job's search is worth beside plain labelled few-shot, over many seeds");
  add_job_arguments(*quality, bench->job);
  quality->add_flag("--json", outcome.json, "Figures as JSON");
  quality->add_option("--seeds", bench->seeds, "Searches")->check(CLI::Range(0, 1000));
  quality->add_option("--races", bench->races, "Replayed races under each rule")
      ->check(CLI::Range(0, 100'000));
  quality->callback([bench, &outcome] { run_quality(*bench, outcome); });
  CLI::App* resume = command->add_subcommand("resume", "Resume of a long run from its journal");
  add_common(resume);
  resume->add_option("--evaluations", bench->evaluations, "Evaluations in the journal")
      ->check(CLI::Range(std::uint64_t{10'000}, std::uint64_t{1'000'000'000}));
  resume->callback([bench, &outcome] { run_resume(*bench, outcome); });
}

}  // namespace foundation
