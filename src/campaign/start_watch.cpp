#include "campaign/start_watch.hpp"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

namespace foundation::campaign {
namespace {

bool is_complete(const NodeStart& node) { return node.workers >= node.planned_workers; }

}  // namespace

StartWatch::StartWatch(StartPlan plan, core::Time deadline)
    : nodes_{std::move(plan.nodes)},
      awaited_{std::move(plan.workers)},
      deadline_{deadline},
      said_{nodes_.empty()} {}

void StartWatch::worker_joined(WorkerIndex worker, const std::string& node, std::uint32_t slots) {
  if (said_) return;
  awaited_.erase(worker);
  auto known = std::ranges::find(nodes_, node, &NodeStart::node);
  if (known == nodes_.end()) known = nodes_.insert(nodes_.end(), NodeStart{.node = node});
  ++known->workers;
  known->slots += slots;
}

std::optional<StartedRecord> StartWatch::check(core::Time now, core::WallLabel wall) {
  if (said_) return std::nullopt;
  if (!awaited_.empty() && now < deadline_) return std::nullopt;
  said_ = true;
  const bool complete = std::ranges::all_of(nodes_, is_complete);
  return StartedRecord{.nodes = nodes_, .complete = complete, .at = wall};
}

std::string describe(const StartedRecord& started) {
  NodeStart sum;
  std::uint64_t used = 0;
  std::string lacking;
  for (const NodeStart& node : started.nodes) {
    sum.planned_workers += node.planned_workers;
    sum.planned_slots += node.planned_slots;
    sum.workers += node.workers;
    sum.slots += node.slots;
    if (node.workers > 0) ++used;
    if (!is_complete(node))
      lacking +=
          fmt::format("; {}: {} of {} workers", node.node, node.workers, node.planned_workers);
  }
  return fmt::format("started {} of {} slots: {} of {} workers on {} of {} nodes{}", sum.slots,
                     sum.planned_slots, sum.workers, sum.planned_workers, used,
                     started.nodes.size(), lacking);
}

}  // namespace foundation::campaign
