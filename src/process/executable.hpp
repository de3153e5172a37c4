#pragma once

#include <string>

namespace foundation::process {

/// Where a program is, or why it cannot be run.
struct Executable {
  std::string path;     ///< absolute; empty: not found
  std::string problem;  ///< "is not in any folder of PATH": the end of a sentence about it
};

/// `name` with a slash is a path that starts at `folder`; else it is looked for in the folders of
/// PATH. Reads the environment.
[[nodiscard]] Executable find_executable(const std::string& name, const std::string& folder);

}  // namespace foundation::process
