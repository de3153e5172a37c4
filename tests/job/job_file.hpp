#pragma once

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
