#pragma once

#include <string>

#include <nlohmann/json_fwd.hpp>

#include "report/summary.hpp"

/// What a report says of several objectives; nothing when the score is the only one.
namespace foundation::report::detail {

[[nodiscard]] ObjectivesSummary read_objectives(const storage::TableSource& tables);

[[nodiscard]] std::string objectives_text(const Summary& summary);
[[nodiscard]] nlohmann::ordered_json objectives_json(const ObjectivesSummary& objectives);
/// Lines as of `to_plain`.
[[nodiscard]] std::string objectives_plain(const ObjectivesSummary& objectives);

}  // namespace foundation::report::detail
