#pragma once

#include <map>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cluster/health.hpp"
#include "report/run_view.hpp"

namespace foundation::report {

/// What the journal says of each node of each session, by epoch and name.
[[nodiscard]] std::map<std::pair<journal::Epoch, std::string>, cluster::NodeFacts> node_facts(
    const RunView& view);

/// Health of the nodes of the last session: as of `now` while the run is at work, else as of the
/// last record.
[[nodiscard]] cluster::HealthReport run_health(const RunView& view, bool at_work,
                                               core::WallLabel now);

/// The services of the last session that have not ended, by name.
[[nodiscard]] std::vector<cluster::Service> live_services(const RunView& view);
/// Those of them that have all these capabilities.
[[nodiscard]] std::vector<cluster::Service> with_capabilities(
    std::span<const cluster::Service> services, std::span<const std::string> capabilities);

[[nodiscard]] std::string describe(const cluster::HealthReport& health, std::string_view run);
[[nodiscard]] std::string to_json(const cluster::HealthReport& health, std::string_view run);
[[nodiscard]] std::string describe(std::span<const cluster::Service> services,
                                   std::string_view run);
[[nodiscard]] std::string to_json(std::span<const cluster::Service> services, std::string_view run);

}  // namespace foundation::report
