#pragma once

#include <span>

#include <nlohmann/json.hpp>

#include "cluster/health.hpp"
#include "cluster/registry.hpp"

/// Parts of what `foundation status` says as JSON.
namespace foundation::report::detail {

[[nodiscard]] nlohmann::ordered_json to_json(const cluster::HealthReport& health);
[[nodiscard]] nlohmann::ordered_json to_json(std::span<const cluster::Service> services);

}  // namespace foundation::report::detail
