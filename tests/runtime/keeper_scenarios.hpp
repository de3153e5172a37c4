#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/keeper.hpp"

namespace foundation::testing {

/// If these arguments ask for it, plays the part of a started child or of a whole scenario and
/// returns the exit status:
///     child FOLDER exit N | die SIGNAL | sleep SECONDS | describe
///     rebuild FOLDER ...      notes its arguments in FOLDER/rebuilds; FOLDER/fails, FOLDER/slow
///     scenario FOLDER exit N | die SIGNAL | signals | child | leave
std::optional<int> play_part(const std::vector<std::string>& arguments);

/// Splits this process; from then on it is a keeper's working process.
void split_for_tests();
[[nodiscard]] runtime::Keeper& keeper_of_tests();

}  // namespace foundation::testing
