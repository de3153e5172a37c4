#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node_sample.hpp"
#include "cluster/placed_node.hpp"
#include "core/time.hpp"

/// How well the nodes of a job are, judged from what they said. Pure; a value that was not
/// measured is absent and leads to no judgement. Local, any thread.
namespace foundation::cluster {

enum class OverallStatus : std::uint8_t {
  healthy,   ///< all nodes that are expected, and no worker is lost or missing
  degraded,  ///< at least half of these nodes
  critical,  ///< fewer
};
[[nodiscard]] std::string_view name_of(OverallStatus status) noexcept;

enum class NodeStatus : std::uint8_t {
  healthy,
  silent,   ///< nothing was heard of it for too long
  lost,     ///< none of its workers is left, although the job goes on
  unknown,  ///< no worker has registered there
  unused,   ///< the plan gave it no slot: it is not expected to do anything
};
[[nodiscard]] std::string_view name_of(NodeStatus status) noexcept;

struct LostWorker {
  std::uint32_t rank = 0;
  std::string reason;
  core::WallLabel at = 0;
};

/// What is known of a node when the report is made.
struct NodeFacts {
  std::string node;
  std::uint32_t workers = 0;                 ///< at work, or at work until the job ended
  std::vector<LostWorker> lost;              ///< workers, in the order of their loss
  std::uint32_t slots = 0;                   ///< of the workers at work
  std::optional<PlacedNode> placed;          ///< what it offered at the start; none: unknown
  std::optional<core::WallLabel> last_seen;  ///< any sign of life
  std::optional<NodeSample> latest;
  std::optional<core::Duration> round_trip;  ///< of a small message to it
};

/// How often one of so many nodes is looked at: each 5 s, of many nodes less often, so that the
/// coordinator gets 20 samples a second at most.
[[nodiscard]] core::Duration sample_interval(std::size_t nodes) noexcept;

struct HealthInput {
  std::vector<NodeFacts> nodes;
  std::optional<double> messages_per_second{};  ///< of rank 0, both ways
  std::optional<double> failed_percent{};       ///< of the run's evaluations
  core::WallLabel at = 0;                       ///< the moment the report is of
};

struct NodeHealth {
  NodeFacts facts;
  NodeStatus status = NodeStatus::unknown;
  std::optional<double> load_of_others;  ///< load beyond the slots at work there
  std::optional<double> memory_used_percent;
};

/// How well the nodes work together.
struct Performance {
  std::optional<core::Duration> message_latency;  ///< half a round trip, mean of the nodes
  std::optional<double> messages_per_second;
  std::optional<double> failed_percent;
  std::optional<double> memory_used_percent;  ///< mean of the nodes
};

struct HealthReport {
  OverallStatus overall = OverallStatus::healthy;
  std::uint32_t expected_nodes = 0;   ///< those that were given slots
  std::uint32_t connected_nodes = 0;  ///< of them, with workers
  std::uint32_t healthy_nodes = 0;    ///< of those, not silent
  std::uint32_t workers = 0;          ///< at work
  std::uint32_t workers_lost = 0;
  std::uint32_t workers_missing = 0;  ///< never registered
  std::vector<NodeHealth> nodes;      ///< by name
  Performance performance;
  std::vector<std::string> recommendations;  ///< sentences with values, worst nodes first
  core::WallLabel checked_at = 0;
};

/// A node is silent once four samples of it are missing. One that has never sent a sample is not
/// called silent: long evaluations say nothing either.
[[nodiscard]] HealthReport assess_health(HealthInput input);

}  // namespace foundation::cluster
