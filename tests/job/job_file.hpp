#pragma once

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

#include "job/job.hpp"

namespace foundation::job {

/// The mandatory keys, in six lines.
inline constexpr std::string_view smallest =
    "[trainset]\nfile = \"data.jsonl\"\ninput = \"text\"\nlabel = \"class\"\n"
    "[program]\nkind = \"text_classifier\"\n";

/// Keys that no job of another kind has, each with a value that is not its default.
inline constexpr std::array command_overrides{"program.command=[\"sh\"]",
                                              "program.mode=persistent",
                                              "program.folder=/tmp",
                                              "program.files=[\"job.toml\"]",
                                              "program.answer=json",
                                              "program.answer_file=out.json",
                                              "program.answer_pattern=[0-9]+",
                                              "program.answer_pointer=/a",
                                              "program.cost_pointer=/c",
                                              "program.exit_statuses=[1, 2]",
                                              "program.restart=candidate",
                                              "program.limits.time=2s",
                                              "program.limits.cpu_time=3s",
                                              "program.limits.memory=1GiB",
                                              "program.limits.address_space=2GiB",
                                              "program.limits.processes=7",
                                              "program.limits.file_size=1MiB",
                                              "program.limits.output=64KiB",
                                              "program.limits.too_much_output=drop",
                                              "program.limits.grace=5s",
                                              "program.environment.pass=[\"PATH\"]",
                                              "program.environment.set={A = \"1\"}",
                                              "metric.direction=max",
                                              "metric.failure_value=7.5",
                                              "metric.timeout_value=8.5",
                                              "metric.penalty=10",
                                              "metric.pointer=/b",
                                              "metric.absolute_tolerance=0.5",
                                              "metric.relative_tolerance=0.25",
                                              "metric.command=[\"sh\"]",
                                              "metric.time_limit=9s"};

/// A job file in a folder of its own, without a user file beside it.
class JobFile : public testing::Test {
 protected:
  JobFile() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directories(folder_ / "home");
    setenv("XDG_CONFIG_HOME", (folder_ / "home").c_str(), 1);
  }
  ~JobFile() override {
    unsetenv("XDG_CONFIG_HOME");
    std::filesystem::remove_all(folder_);
  }

  std::filesystem::path write(std::string_view text, std::string_view name = "job.toml") const {
    std::filesystem::path file = folder_ / name;
    std::filesystem::create_directories(file.parent_path());
    std::ofstream{file} << text;
    return file;
  }
  [[nodiscard]] Job load(std::string_view text,
                         const std::vector<std::string>& overrides = {}) const {
    return load_job(write(text), overrides);
  }
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }

 private:
  std::filesystem::path folder_ = std::filesystem::current_path() / "job_file";
};

}  // namespace foundation::job
