#pragma once

#include <string>
#include <vector>

#include <CLI/App.hpp>

#include "job/job.hpp"

namespace foundation {

/// The job file and its changes, as every command that takes a job has them.
struct JobArguments {
  std::string file;
  std::vector<std::string> overrides;
  [[nodiscard]] job::Job load() const { return job::load_job(file, overrides); }
};

/// Adds the argument JOB and the option `--set SECTION.KEY=VALUE`. `arguments` outlives the
/// parsing.
void add_job_arguments(CLI::App& command, JobArguments& arguments);

}  // namespace foundation
