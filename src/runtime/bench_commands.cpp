#include "runtime/bench_commands.hpp"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <functional>
#include <memory>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/error.hpp"
#include "process/environment.hpp"
#include "process/executable.hpp"
#include "process/run.hpp"
#include "runtime/child_evaluator.hpp"
#include "runtime/evaluator.hpp"
#include "runtime/keeper.hpp"

namespace foundation::runtime {
namespace {

constexpr const char* idle_program = "/bin/true";

process::Limits all_limits() {
  return {.wall = std::chrono::minutes{1},
          .cpu = std::chrono::minutes{1},
          .memory_bytes = std::uint64_t{1} << 30,
          .processes = 100,
          .file_bytes = std::uint64_t{1} << 30,
          .output_bytes = std::uint64_t{1} << 20};
}

/// A job of one candidate whose every cell runs the program.
WorkerSetup idle_setup(std::uint32_t cells) {
  WorkerSetup setup;
  setup.program.kind = "command";
  setup.program.command.executable = idle_program;
  setup.program.command.answer.kind = programs::AnswerKind::exit_status;
  setup.program.command.limits = all_limits();
  setup.metric.kind = "value";
  setup.data.data.examples.resize(cells);
  for (std::uint32_t i = 0; i < cells; ++i) setup.data.order[1].push_back(i);
  setup.program_identity = programs::make_program(setup.program, setup.data)->identity();
  return setup;
}

/// A slot as runs have it.
class Slot {
 public:
  Slot(const Keeper& keeper, std::uint32_t cells)
      : setup_{idle_setup(cells)},
        program_{programs::make_program(setup_.program, setup_.data)},
        metric_{programs::make_metric(setup_.metric)},
        in_process_{*program_, *metric_, setup_.data, setup_.trials},
        evaluator_{in_process_, keeper, setup_, isolation_of(setup_.program, *program_, *metric_)} {
    work_.candidate =
        std::make_shared<const model::Candidate>(model::Candidate{0, model::no_candidate, {}, {}});
    work_.lease.range = {0, model::Split::validation, 0, cells};
  }

  void evaluate() {
    evaluator_.evaluate(work_, results_);
    for (const model::CellResult& cell : results_.cells)
      if (cell.status != model::CellStatus::ok)
        throw core::Error{core::ErrorKind::infrastructure,
                          std::string{"an evaluation of "} + idle_program + " has failed"};
  }

 private:
  WorkerSetup setup_;
  std::unique_ptr<programs::Program> program_;
  std::unique_ptr<programs::Metric> metric_;
  Evaluator in_process_;
  ChildEvaluator evaluator_;
  campaign::LeaseQueue::Work work_;
  ResultsMessage results_;
};

void spawn_bare(std::uint32_t starts) {
  std::string name = idle_program;
  char* const arguments[] = {name.data(), nullptr};
  for (std::uint32_t i = 0; i < starts; ++i) {
    pid_t pid = 0;
    const int error = posix_spawn(&pid, idle_program, nullptr, nullptr, arguments, environ);
    if (error != 0) throw core::system_error("start", idle_program, error);
    while (waitpid(pid, nullptr, 0) < 0 && errno == EINTR) {
    }
  }
}

/// A program that starts others, one a line of its input; false: it is not installed.
bool run_tool(std::vector<std::string> words, std::uint32_t starts) {
  process::Command command;
  command.executable = process::find_executable(words.front(), "/").path;
  if (command.executable.empty()) return false;
  command.arguments = std::move(words);
  const std::vector<std::string> passed{"PATH", "HOME"};
  command.environment = process::make_environment(passed, {});
  std::string lines;
  for (std::uint32_t i = 0; i < starts; ++i) lines += "x\n";
  const process::Ending ending = process::run(command, lines);
  return ending.start_error == 0 && ending.signal == 0 && ending.exit_status == 0;
}

/// One of the ways that are compared; `work` is false where it is not to be had.
struct Way {
  std::string name;
  std::uint32_t starts;
  std::function<bool()> work;
};

double starts_per_second(const Way& way) {
  const core::Time begin = core::monotonic_now();
  if (!way.work()) return 0;
  constexpr double ns = 1e9;
  return way.starts * ns / static_cast<double>((core::monotonic_now() - begin).count());
}

}  // namespace

CommandFigures bench_commands(std::uint32_t starts, int repetitions) {
  const Keeper keeper = Keeper::split();
  Slot slot{keeper, starts};
  slot.evaluate();                                      // its child has started
  const std::uint32_t few = std::max(1U, starts / 20);  // it takes 30 ms for each
  const std::vector<Way> ways{
      {"posix_spawn and waitpid, bare loop", starts, [&] { return spawn_bare(starts), true; }},
      {"a slot of foundation, limits set", starts, [&] { return slot.evaluate(), true; }},
      {"xargs -n 1", starts,
       [&] {
         return run_tool({"xargs", "-n", "1", idle_program}, starts);
       }},
      {"GNU parallel -j 1", few, [&] {
         return run_tool({"parallel", "-j", "1", idle_program}, few);
       }}};
  CommandFigures figures;
  figures.starts = starts;
  for (const Way& way : ways) figures.cases.push_back({way.name, 0});
  for (int repetition = 0; repetition < repetitions; ++repetition)
    for (std::size_t i = 0; i < ways.size(); ++i)
      figures.cases[i].per_s = std::max(figures.cases[i].per_s, starts_per_second(ways[i]));
  return figures;
}

}  // namespace foundation::runtime
