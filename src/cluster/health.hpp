#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cluster/node_sample.hpp"
#include "core/time.hpp"

/// How well the nodes of a job are, judged from what they said. Pure; a value that was not
/// measured is absent and leads to no judgement. Local, any thread.
namespace foundation::cluster {

enum class OverallStatus : std::uint8_t {
  healthy,   ///< all nodes that are expected
  degraded,  ///< at least half of them
  critical,  ///< fewer
};
[[nodiscard]] std::string_view name_of(OverallStatus status) noexcept;

enum class NodeStatus : std::uint8_t {
  healthy,
  silent,   ///< nothing was heard of it for too long
  lost,     ///< none of its workers is left, although the job goes on
  unknown,  ///< no sample yet
};
[[nodiscard]] std::string_view name_of(NodeStatus status) noexcept;

/// What is known of a node when the report is made.
struct NodeFacts {
  std::string node;
  std::uint32_t workers = 0;  ///< at work, or at work until the job ended
  std::uint32_t workers_lost = 0;
  std::uint32_t slots = 0;                   ///< of the workers at work
  std::optional<core::WallLabel> last_seen;  ///< any sign of life
  std::optional<NodeSample> latest;
};

/// Traffic of the coordinator's channels.
struct ChannelCounters {
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_received = 0;
  std::uint64_t bytes_sent = 0;
  std::uint64_t bytes_received = 0;
  bool operator==(const ChannelCounters&) const = default;
};

struct HealthInput {
  std::uint32_t expected_nodes = 0;  ///< 0: as many as there are facts of
  std::vector<NodeFacts> nodes;
  std::optional<std::uint32_t> services;  ///< in the registry
  std::optional<ChannelCounters> channels;
  core::WallLabel at = 0;  ///< the moment the report is of
  /// A node is silent after that long; samples come each 5 s.
  core::Duration silence = std::chrono::seconds{20};
};

struct NodeHealth {
  NodeFacts facts;
  NodeStatus status = NodeStatus::unknown;
  std::optional<double> load_of_others;  ///< load beyond the slots at work there
  std::optional<double> memory_used_percent;
};

struct HealthReport {
  OverallStatus overall = OverallStatus::healthy;
  std::uint32_t expected_nodes = 0;
  std::uint32_t healthy_nodes = 0;
  std::vector<NodeHealth> nodes;  ///< by name
  std::optional<std::uint32_t> services;
  std::optional<ChannelCounters> channels;
  std::vector<std::string> recommendations;  ///< sentences with values, worst nodes first
  core::WallLabel checked_at = 0;
};

/// A node that has never sent a sample is not called silent: long evaluations say nothing either.
[[nodiscard]] HealthReport assess_health(HealthInput input);

}  // namespace foundation::cluster
