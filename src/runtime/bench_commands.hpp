#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace foundation::runtime {

/// One way to start /bin/true again and again, one at a time.
struct CommandCase {
  std::string name;
  double per_s = 0;  ///< best of all repetitions; 0: not installed
};

struct CommandFigures {
  std::uint32_t starts = 0;        ///< in each repetition; of parallel, which is slow, fewer
  std::vector<CommandCase> cases;  ///< the bare loop first, then a slot of ours
  [[nodiscard]] double ratio(const CommandCase& it) const {
    return cases.front().per_s > 0 ? it.per_s / cases.front().per_s : 0;
  }
};

/// Evaluations of a `command` program with all limits set, by one slot as in a run (a child of the
/// keeper, results sent back), beside a bare loop of posix_spawn and waitpid, xargs and GNU
/// parallel, in turn. Splits this process in two: call it before MPI and before any thread.
[[nodiscard]] CommandFigures bench_commands(std::uint32_t starts, int repetitions);

}  // namespace foundation::runtime
