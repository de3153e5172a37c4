#pragma once

#include <memory>

#include "optimize/race_rule.hpp"

/// The rules of a race, one file each.
namespace foundation::optimize::detail {

[[nodiscard]] std::unique_ptr<RaceRule> make_halving(const RaceSetting& setting);
[[nodiscard]] std::unique_ptr<RaceRule> make_asha(const RaceSetting& setting);
[[nodiscard]] std::unique_ptr<RaceRule> make_paired(const RaceSetting& setting);
[[nodiscard]] std::unique_ptr<RaceRule> make_friedman(const RaceSetting& setting);

}  // namespace foundation::optimize::detail
