#pragma once

#include <filesystem>
#include <string>
#include <vector>

/// The checks of `foundation doctor`, by what they look at. They never throw for what they find.
namespace foundation {

enum class Verdict { ok, warning, failed };

struct Finding {
  std::string check;  ///< "MPI start", "/dev/shm", ...
  Verdict verdict = Verdict::ok;
  std::string found;
  std::string remedy;  ///< what to do; empty when all is well
};
using Findings = std::vector<Finding>;

/// Launcher, a start of two ranks, this process' own start, libraries.
void check_mpi(Findings& findings);
/// Cores, memory, threads, clock, limits.
void check_machine(Findings& findings);
/// /dev/shm, TMPDIR, and the folder that run folders will be made in.
void check_folders(Findings& findings, const std::filesystem::path& run_folder);

}  // namespace foundation
