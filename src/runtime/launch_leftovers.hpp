#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <sys/types.h>

/// What killed ranks and a killed mpirun leave on a host, and its removal: only what certainly is
/// of one launch. Local; nothing throws, what cannot be removed stays.
namespace foundation::runtime {

/// The hidden subcommand that does this on another host: NAME LAUNCH_ID JOB (0: not known).
inline constexpr const char* reap_command = "launch-reap";

/// Kills the processes that carry this mark (launch_id_variable) in the environment they were
/// started with, and the Open MPI daemons that started them; waits until they are gone, 5 s at
/// most. Returns how many were found.
std::size_t end_marked_processes(std::string_view launch_id) noexcept;

/// The first job of the mpirun with this process number on this host, while it lives; it names
/// the files of its ranks.
[[nodiscard]] std::optional<std::uint32_t> job_of_mpirun(pid_t mpirun) noexcept;
/// Removes the session folder of the mpirun that had this process number.
void remove_files_of_mpirun(pid_t mpirun) noexcept;
/// Removes the shared memory of all ranks of a job on this host, and its daemon's session folder.
void remove_files_of_job(std::uint32_t job) noexcept;

/// One rank's place in its Open MPI job, by PMIX_NAMESPACE and PMIX_RANK; none under other
/// process managers.
struct RankPlace {
  std::uint32_t job = 0;
  std::uint32_t rank = 0;
};
[[nodiscard]] std::optional<RankPlace> own_place() noexcept;
/// Removes the shared memory that this rank, now dead, has made.
void remove_files_of_rank(const RankPlace& place) noexcept;

}  // namespace foundation::runtime
