#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "capture/executable.hpp"
#include "capture/scope.hpp"
#include "trace/layout.hpp"

namespace foundation::capture {

struct WrapperOptions {
  std::vector<std::string> command;
  std::filesystem::path output;  ///< empty: "trace-<id>.h5"
  std::filesystem::path folder;  ///< for the recordings; empty: beside the output
  bool force = false;            ///< the output may exist
  bool keep_recordings = false;
  bool quiet = false;
  trace::FullPolicy full_policy = trace::FullPolicy::keep_oldest;
  std::uint64_t stream_bytes = 0;  ///< a thread; 0: as the recorder likes
  Scope scope;
  bool starts_off = false;          ///< nothing is recorded until a window is opened (window.hpp)
  std::vector<Recorder> recorders;  ///< the one that suits the program is preloaded
  void (*broken_pipe)(int) = nullptr;  ///< what SIGPIPE did when this process was started
};

/// Runs a program with the recorder preloaded, and watches over it. To the program everything is
/// as without it: input and output, signals, process group, environment of its children; this
/// process ends as the program ends, with the same exit status or signal. Without MPI.
///
/// Returns the exit status. Throws core::Error{usage, io} before the program has started.
/// Processes: a child for the program, one that tells signals apart (GroupWitness), and the
/// host's finaliser.
int run_wrapper(const WrapperOptions& options);

}  // namespace foundation::capture
