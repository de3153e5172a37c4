#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::capture {

/// A library to be preloaded, which records the calls of programs that use one kind of MPI library.
struct Recorder {
  std::filesystem::path file;
  std::string mpi_library;  ///< that it was made for, as the loader knows it: "libmpi.so.40"

  /// Whether it was made for this library, too: the same one, or both have the interface on which
  /// MPICH, Intel MPI, Cray MPICH and MVAPICH2 have agreed (MPICH ABI Compatibility Initiative,
  /// 2013), which their names tell by the number 12.
  [[nodiscard]] bool serves(std::string_view library) const noexcept;
};

/// What can be said of a program before it starts.
struct Executable {
  std::filesystem::path file;        ///< what is started in the end: of a script, its interpreter
  std::vector<std::string> command;  ///< the same as a command line
  bool is_script = false;
  bool can_be_preloaded = true;
  bool names_mpi = false;  ///< among its libraries; others may load MPI later, as Python does
  std::string obstacle;    ///< why it cannot be preloaded, in words
  std::filesystem::path recorder;  ///< the one for it; where none is named, the first
};

/// Looks at the program that `command` starts. A script that begins with "#!/usr/bin/env NAME" is
/// started as NAME would be: the recorder is for one program, and `env` would be that program.
/// `recorders`: those there are, at least one. Throws core::Error{usage} when there is no such
/// program.
[[nodiscard]] Executable inspect_executable(const std::vector<std::string>& command,
                                            const std::vector<Recorder>& recorders);

}  // namespace foundation::capture
