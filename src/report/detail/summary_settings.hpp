#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>

#include "report/summary.hpp"

/// The parameters of the winner: what its user sets.
namespace foundation::report::detail {

/// Active ones, in the order of the table's columns.
[[nodiscard]] std::vector<SettingSummary> read_settings(const storage::TableSource& tables,
                                                        std::int64_t candidate);
[[nodiscard]] std::string settings_text(const Summary& summary);
[[nodiscard]] nlohmann::ordered_json settings_json(const std::vector<SettingSummary>& settings);
/// Lines as of `to_plain`.
[[nodiscard]] std::string settings_plain(const std::vector<SettingSummary>& settings);

}  // namespace foundation::report::detail
