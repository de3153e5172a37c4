#include <memory>

#include "commands.hpp"
#include "runtime/launch_leftovers.hpp"

namespace foundation {

void add_launch_reap(CLI::App& app, Outcome&) {
  struct Reap {
    std::string launch;
    std::uint32_t job = 0;
  };
  const auto reap = std::make_shared<Reap>();
  CLI::App* command = app.add_subcommand(
      runtime::reap_command, "Remove what a launch that was broken off has left on this host");
  command->group("");
  command->add_option("LAUNCH", reap->launch, "Mark of its processes")->required();
  command->add_option("JOB", reap->job, "Number of its Open MPI job, 0 if not known")->required();
  command->callback([reap] {
    runtime::end_marked_processes(reap->launch);
    if (reap->job != 0) runtime::remove_files_of_job(reap->job);
  });
}

}  // namespace foundation
