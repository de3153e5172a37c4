#pragma once

#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "report/summary.hpp"

/// The machines of a run in its report.
namespace foundation::report::detail {

/// Throws core::Error{corrupt_data} when the table lacks something.
[[nodiscard]] std::vector<NodeSummary> read_nodes(const storage::TableSource& tables);
[[nodiscard]] std::string nodes_text(const std::vector<NodeSummary>& nodes);
[[nodiscard]] nlohmann::ordered_json node_json(const NodeSummary& node);

}  // namespace foundation::report::detail
