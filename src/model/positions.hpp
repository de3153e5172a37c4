#pragma once

#include <cstdint>
#include <vector>

#include "core/random.hpp"

namespace foundation::model {

/// `count` distinct positions out of [0, population) in random order: every ordered selection is
/// equally likely. `count` must not exceed `population`.
[[nodiscard]] std::vector<std::uint32_t> draw_positions(core::Stream& stream, std::uint32_t count,
                                                        std::uint32_t population);

}  // namespace foundation::model
