#pragma once

#include "core/detail/double_double.hpp"

namespace foundation::core::detail {

/// exp(x.high + x.low), within 1 ulp, for any finite argument and for infinities.
[[nodiscard]] double exp(DoubleDouble x) noexcept;

}  // namespace foundation::core::detail
