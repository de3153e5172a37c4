#include "process/executable.hpp"

#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <unistd.h>

namespace foundation::process {
namespace {

namespace fs = std::filesystem;

/// Empty: it can be run.
std::string problem_of(const fs::path& file) {
  std::error_code failed;
  const fs::file_status status = fs::status(file, failed);
  if (!fs::exists(status)) return "does not exist";
  if (!fs::is_regular_file(status)) return "is no file";
  if (access(file.c_str(), X_OK) != 0) return "may not be executed";
  return {};
}

}  // namespace

Executable find_executable(const std::string& name, const std::string& folder) {
  if (name.empty()) return {{}, "has no name"};
  if (name.find('/') != std::string::npos) {
    const fs::path file = (fs::absolute(folder) / name).lexically_normal();
    std::string problem = problem_of(file);
    if (problem.empty()) return {file.string(), {}};
    return {{}, std::move(problem)};
  }
  const char* path = std::getenv("PATH");
  std::string_view rest = path == nullptr ? std::string_view{"/usr/bin:/bin"} : path;
  while (!rest.empty()) {
    const auto colon = rest.find(':');
    const fs::path file = fs::path{rest.substr(0, colon)} / name;
    if (file.is_absolute() && problem_of(file).empty()) return {file.string(), {}};
    rest = colon == std::string_view::npos ? std::string_view{} : rest.substr(colon + 1);
  }
  return {{}, "is not in any folder of PATH"};
}

}  // namespace foundation::process
