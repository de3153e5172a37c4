#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "campaign/coordinator.hpp"
#include "cluster/membership.hpp"
#include "cluster/node_sampler.hpp"
#include "cluster/placed_node.hpp"
#include "cluster/traffic.hpp"
#include "runtime/wire.hpp"

namespace foundation::runtime {

/// The ranks of a session as rank 0 knows them: who has registered as what, and who says how each
/// node is. What changes goes to the journal at once. Rank 0 looks at its own node and at its
/// messages itself.
///
/// Local, one thread: that of the coordinator.
class Members {
 public:
  struct Options {
    cluster::Placement placement;            ///< the first node is that of rank 0
    std::vector<cluster::Service> services;  ///< that rank 0 offers
    core::Duration lease{0};  ///< of silence; longer than until a rank counts as lost
  };
  explicit Members(Options options);

  /// A rank that is to sample its node from now on.
  struct Post {
    campaign::WorkerIndex worker = 0;
    SamplingOrder order;
  };
  using Posts = std::vector<Post>;

  /// First of all: what the nodes offer, and rank 0 itself.
  void begin(campaign::Coordinator& coordinator, campaign::Now now);
  [[nodiscard]] Posts joined(const campaign::WorkerRecord& worker,
                             campaign::Coordinator& coordinator, campaign::Now now);
  [[nodiscard]] Posts left(campaign::WorkerIndex worker, campaign::Coordinator& coordinator,
                           campaign::Now now);
  /// What rank 0 knows of its messages.
  struct Contact {
    std::function<core::Time(campaign::WorkerIndex)> heard_at;
    std::function<std::optional<core::Duration>(campaign::WorkerIndex)> round_trip;
    std::uint64_t received = 0;  ///< since the session began
    std::uint64_t sent = 0;
  };
  /// Time has passed. Cheap between two looks.
  [[nodiscard]] Posts tick(const Contact& contact, campaign::Coordinator& coordinator,
                           campaign::Now now);

 private:
  [[nodiscard]] Posts settle(const std::vector<cluster::RoleChange>& changes,
                             campaign::Coordinator& coordinator, campaign::Now now);
  void look_around(const Contact& contact, campaign::Coordinator& coordinator, campaign::Now now);
  [[nodiscard]] cluster::Traffic traffic(const Contact& contact, campaign::Now now) const;

  Options options_;
  cluster::Membership membership_;
  cluster::NodeSampler sampler_;
  core::Duration sample_interval_;
  core::Time next_renewal_;
  core::Duration next_pause_;  ///< between looks around; short at first: short runs have some, too
  core::Time next_sample_;
};

}  // namespace foundation::runtime
