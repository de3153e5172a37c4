#include "end_time.hpp"

#include <chrono>

#include <fmt/format.h>

#include "child_process.hpp"
#include "cluster/allocation.hpp"
#include "core/log.hpp"
#include "messaging/session.hpp"

namespace foundation {
namespace {

constexpr std::chrono::seconds squeue_limit{10};

std::optional<core::WallLabel> ask_squeue(const std::string& job) {
  const CommandResult answer = run_command({"squeue", "-h", "-j", job, "-o", "%L"}, squeue_limit);
  const core::WallLabel now = core::wall_now();
  if (answer.started && !answer.timed_out && answer.exit_status == 0) {
    const auto left = cluster::parse_time_left(answer.output);
    return left ? std::optional{now + left->count()} : std::nullopt;
  }
  core::log(core::LogLevel::warning,
            fmt::format("squeue did not say when job {} ends: the run cannot stop in time by "
                        "itself; --end-time tells it",
                        job));
  return std::nullopt;
}

}  // namespace

std::optional<core::WallLabel> find_end_time(const std::string& option) {
  if (!option.empty()) return cluster::parse_end_time(option, core::wall_now());
  const auto job = cluster::read_batch_job();
  if (!job || messaging::detect_launch().rank != 0) return std::nullopt;
  return job->ends_at ? job->ends_at : ask_squeue(job->id);
}

}  // namespace foundation
