#pragma once

#include <functional>
#include <vector>

#include "tests/simulation/faults.hpp"

namespace foundation::simulation {

/// A shortest list of faults that `fails` still, by delta debugging (Zeller and Hildebrandt,
/// IEEE TSE 2002): no single one of them can be left out. `faults` itself must fail.
[[nodiscard]] std::vector<Fault> shrink(
    std::vector<Fault> faults, const std::function<bool(const std::vector<Fault>&)>& fails);

}  // namespace foundation::simulation
