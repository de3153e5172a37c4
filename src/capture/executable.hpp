#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace foundation::capture {

/// What can be said of a program before it starts.
struct Executable {
  std::filesystem::path file;        ///< what is started in the end: of a script, its interpreter
  std::vector<std::string> command;  ///< the same as a command line
  bool is_script = false;
  bool can_be_preloaded = true;
  bool names_mpi = false;  ///< among its libraries; others may load MPI later, as Python does
  std::string obstacle;    ///< why it cannot be preloaded, in words
};

/// Looks at the program that `command` starts. A script that begins with "#!/usr/bin/env NAME" is
/// started as NAME would be: the recorder is for one program, and `env` would be that program.
/// `mpi_library` is the name of the library that the recorder was made for ("libmpi.so.40").
/// Throws core::Error{usage} when there is no such program.
[[nodiscard]] Executable inspect_executable(const std::vector<std::string>& command,
                                            const std::string& mpi_library);

}  // namespace foundation::capture
