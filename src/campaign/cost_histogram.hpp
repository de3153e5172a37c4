#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "core/time.hpp"

namespace foundation::campaign {

/// How long cells took, from nanoseconds to centuries in constant memory: eight bins an octave
/// (the layout of HdrHistogram: Tene, 2012), so a quantile is at most an eighth too large and
/// never too small.
class CostHistogram {
 public:
  void add(core::Duration cost) noexcept;
  /// At least a share `probability` of the costs is not above this. Zero while there are none.
  [[nodiscard]] core::Duration quantile(double probability) const noexcept;

 private:
  static constexpr std::size_t bins_an_octave = 8;
  static constexpr std::size_t octaves = 61;  ///< 8 ns to 2^63 ns; below, a bin a nanosecond

  std::array<std::uint64_t, (octaves + 1) * bins_an_octave> counts_{};
  std::uint64_t count_ = 0;
};

}  // namespace foundation::campaign
