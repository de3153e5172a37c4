#pragma once

#include <cstdint>
#include <string>

#include "core/reach.hpp"

/// How often the code under test came to the marks of core/reach.hpp. Without
/// FOUNDATION_REACH_COUNTERS nothing is counted.
namespace foundation::simulation {

[[nodiscard]] std::uint64_t reached(core::Reach mark) noexcept;
void forget_reached() noexcept;
[[nodiscard]] std::string reach_table();

}  // namespace foundation::simulation
