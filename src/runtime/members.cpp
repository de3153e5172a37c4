#include "runtime/members.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "cluster/health.hpp"

namespace foundation::runtime {

using campaign::Coordinator;
using campaign::Now;
using campaign::RecordKind;
using campaign::WorkerIndex;
using cluster::capability::optimization;
using cluster::capability::program_evaluation;

namespace {

constexpr core::Duration renewal_interval = std::chrono::seconds{1};
constexpr core::Duration first_pause = std::chrono::milliseconds{500};

cluster::Service evaluation_worker(const campaign::WorkerRecord& worker) {
  return {.name = fmt::format("evaluation_worker/{}/{}", worker.host, worker.worker),
          .holder = worker.worker,
          .node = worker.host,
          .capabilities = {std::string{program_evaluation}, std::string{optimization}},
          .metadata = {{"pid", std::to_string(worker.pid)},
                       {"slots", std::to_string(worker.slots)},
                       {"status", "ready"}},
          .registered_at = worker.at};
}

}  // namespace

Members::Members(Options options)
    : options_{std::move(options)},
      membership_{options_.lease},
      sampler_{options_.placement.nodes.front().node, 0, options_.placement.nodes.front().cores},
      sample_interval_{cluster::sample_interval(options_.placement.nodes.size())},
      next_pause_{first_pause} {}

void Members::begin(Coordinator& coordinator, Now now) {
  coordinator.note(RecordKind::placement, campaign::encode(options_.placement), now);
  const std::string& node = options_.placement.nodes.front().node;
  const auto changes = membership_.join(0, node, now.time, now.wall);
  for (cluster::Service& service : options_.services) {
    service.registered_at = now.wall;
    membership_.offer(std::move(service), now.time);
  }
  (void)settle(changes, coordinator, now);
}

Members::Posts Members::joined(const campaign::WorkerRecord& worker, Coordinator& coordinator,
                               Now now) {
  const auto changes = membership_.join(worker.worker, worker.host, now.time, now.wall);
  membership_.offer(evaluation_worker(worker), now.time);
  return settle(changes, coordinator, now);
}

Members::Posts Members::left(WorkerIndex worker, Coordinator& coordinator, Now now) {
  return settle(membership_.leave(worker, now.time, now.wall), coordinator, now);
}

Members::Posts Members::tick(const Contact& contact, Coordinator& coordinator, Now now) {
  look_around(contact, coordinator, now);
  if (now.time < next_renewal_) return {};
  next_renewal_ = now.time + renewal_interval;
  return settle(membership_.renew(contact.heard_at, now.time, now.wall), coordinator, now);
}

Members::Posts Members::settle(const std::vector<cluster::RoleChange>& changes,
                               Coordinator& coordinator, Now now) {
  if (const auto news = membership_.take_changes(now.wall); !news.empty())
    coordinator.note(RecordKind::registry, campaign::encode(news), now);
  Posts posts;
  for (const cluster::RoleChange& change : changes) {
    if (change.place.role != cluster::role::node_sampler || change.to.value_or(0) == 0) continue;
    const auto& nodes = options_.placement.nodes;
    const auto node = std::ranges::find(nodes, change.place.node, &cluster::PlacedNode::node);
    posts.push_back({*change.to, {node == nodes.end() ? 0 : node->cores, sample_interval_}});
  }
  return posts;
}

void Members::look_around(const Contact& contact, Coordinator& coordinator, Now now) {
  if (now.time < next_sample_) return;
  next_sample_ = now.time + next_pause_;
  next_pause_ = std::min(2 * next_pause_, sample_interval_);
  coordinator.note(RecordKind::node_sample, campaign::encode(sampler_.take(now.wall)), now);
  coordinator.note(RecordKind::traffic, campaign::encode(traffic(contact, now)), now);
}

cluster::Traffic Members::traffic(const Contact& contact, Now now) const {
  cluster::Traffic traffic{
      .at = now.wall, .received = contact.received, .sent = contact.sent, .round_trips = {}};
  for (const cluster::PlacedNode& node : options_.placement.nodes) {
    const auto rank = membership_.sampler_of(node.node);
    if (!rank) continue;
    if (const auto span = contact.round_trip(*rank)) traffic.round_trips.push_back({*rank, *span});
  }
  return traffic;
}

}  // namespace foundation::runtime
