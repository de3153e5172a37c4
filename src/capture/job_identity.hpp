#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace foundation::capture {

/// What a process knows of its parallel job before MPI starts, from its launcher's variables. All
/// processes of a job get the same key without having to speak to each other.
struct JobIdentity {
  std::string key;         ///< what names the job, and no other
  std::int32_t rank = -1;  ///< -1: not started in parallel
  std::int32_t ranks = 1;
  std::int32_t local_ranks = 0;  ///< of this host; 0: unknown

  [[nodiscard]] bool in_parallel() const noexcept { return rank >= 0; }
  [[nodiscard]] std::uint64_t trace_id() const;
};

/// The value of a variable, if there is one.
using Environment = std::function<std::optional<std::string>(const char* name)>;

/// Knows mpirun of Open MPI, srun, and Hydra (MPICH, Intel). `otherwise` is the key of a process
/// that none of them started; `hydra_server` is asked where Hydra names no job, and may not know.
[[nodiscard]] JobIdentity identify_job(const Environment& environment, const std::string& otherwise,
                                       const std::function<std::string()>& hydra_server);

/// Tasks of a node in Slurm's notation: "2(x3),1" is 2, 2, 2, 1. 0 if it makes no sense. Pure.
[[nodiscard]] std::int32_t tasks_of_node(const std::string& tasks_per_node, std::int32_t node);

/// A trace id as people see it: 16 hexadecimal digits.
[[nodiscard]] std::string id_text(std::uint64_t trace_id);

}  // namespace foundation::capture
