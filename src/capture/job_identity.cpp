#include "capture/job_identity.hpp"

#include <charconv>

#include <fmt/format.h>

#include "core/hash.hpp"

namespace foundation::capture {
namespace {

std::optional<std::int32_t> number_of(const std::optional<std::string>& text) {
  std::int32_t number = 0;
  if (!text) return std::nullopt;
  const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), number);
  if (error != std::errc{} || end != text->data() + text->size() || number < 0) return std::nullopt;
  return number;
}

/// Namespaces are numbers that come again; with the address of their server they do not.
std::optional<JobIdentity> of_open_mpi(const Environment& environment) {
  const auto rank = number_of(environment("OMPI_COMM_WORLD_RANK"));
  const auto space = environment("PMIX_NAMESPACE");
  if (!rank || !space) return std::nullopt;
  return JobIdentity{
      .key = fmt::format("pmix {} {}", *space, environment("OMPI_MCA_orte_hnp_uri").value_or("")),
      .rank = *rank,
      .ranks = number_of(environment("OMPI_COMM_WORLD_SIZE")).value_or(1),
      .local_ranks = number_of(environment("OMPI_COMM_WORLD_LOCAL_SIZE")).value_or(0)};
}

std::optional<JobIdentity> of_slurm(const Environment& environment) {
  const auto rank = number_of(environment("SLURM_PROCID"));
  const auto job = environment("SLURM_JOB_ID");
  const auto step = environment("SLURM_STEP_ID");
  if (!rank || !job || !step) return std::nullopt;
  return JobIdentity{
      .key = fmt::format("slurm {} {}.{}", environment("SLURM_CLUSTER_NAME").value_or(""), *job,
                         *step),
      .rank = *rank,
      .ranks = number_of(environment("SLURM_STEP_NUM_TASKS")).value_or(1),
      .local_ranks = tasks_of_node(environment("SLURM_STEP_TASKS_PER_NODE").value_or(""),
                                   number_of(environment("SLURM_NODEID")).value_or(0))};
}

std::optional<JobIdentity> of_hydra(const Environment& environment,
                                    const std::function<std::string()>& hydra_server) {
  const auto rank = number_of(environment("PMI_RANK"));
  if (!rank) return std::nullopt;
  const std::optional<std::string> named = environment("PMI_JOBID");
  const std::string job = named ? *named : hydra_server();
  if (job.empty()) return std::nullopt;
  return JobIdentity{.key = fmt::format("hydra {}", job),
                     .rank = *rank,
                     .ranks = number_of(environment("PMI_SIZE")).value_or(1),
                     .local_ranks = number_of(environment("MPI_LOCALNRANKS")).value_or(0)};
}

}  // namespace

std::uint64_t JobIdentity::trace_id() const { return core::hash_text(key); }

JobIdentity identify_job(const Environment& environment, const std::string& otherwise,
                         const std::function<std::string()>& hydra_server) {
  // Inside an allocation of Slurm, mpirun's processes see variables of both.
  if (auto found = of_open_mpi(environment)) return *found;
  if (auto found = of_slurm(environment)) return *found;
  if (auto found = of_hydra(environment, hydra_server)) return *found;
  return {.key = otherwise};
}

std::int32_t tasks_of_node(const std::string& tasks_per_node, std::int32_t node) {
  const char* at = tasks_per_node.data();
  const char* const end = at + tasks_per_node.size();
  while (at < end) {
    std::int32_t tasks = 0;
    std::int32_t nodes = 1;
    auto read = std::from_chars(at, end, tasks);
    if (read.ec != std::errc{}) return 0;
    at = read.ptr;
    if (end - at > 2 && at[0] == '(' && at[1] == 'x') {
      read = std::from_chars(at + 2, end, nodes);
      if (read.ec != std::errc{} || read.ptr == end || *read.ptr != ')') return 0;
      at = read.ptr + 1;
    }
    if (node < nodes) return tasks;
    node -= nodes;
    if (at < end && *at++ != ',') return 0;
  }
  return 0;
}

std::string id_text(std::uint64_t trace_id) { return fmt::format("{:016x}", trace_id); }

}  // namespace foundation::capture
