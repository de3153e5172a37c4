#pragma once

#include <map>
#include <span>
#include <string>
#include <vector>

namespace foundation::process {

/// The environment of a program: of ours only the variables whose name is in `passed` (a name may
/// end in `*`), then `settings`, which replace what was passed. Sorted by name.
[[nodiscard]] std::vector<std::string> make_environment(
    std::span<const std::string> passed, const std::map<std::string, std::string>& settings);

}  // namespace foundation::process
