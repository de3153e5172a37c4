#include "job_arguments.hpp"

namespace foundation {

void add_job_arguments(CLI::App& command, JobArguments& arguments) {
  command.add_option("JOB", arguments.file, "The job file (TOML)")->required();
  command
      .add_option("-s,--set", arguments.overrides,
                  "SECTION.KEY=VALUE: use this value instead of the job file's; may be repeated")
      ->allow_extra_args(false)
      ->type_name("KEY=VALUE");
}

}  // namespace foundation
