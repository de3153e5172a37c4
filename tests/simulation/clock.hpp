#pragma once

#include <cstdint>

#include "tests/simulation/options.hpp"

namespace foundation::simulation {

/// The monotonic clock of a node: counts from its boot and runs a little faster or slower than
/// the world's.
class Clock {
 public:
  Clock(const Options& options, std::uint32_t epoch, std::uint32_t worker) {
    if (options.clock_drift <= 0) return;
    core::Stream stream = draw_stream(options.seed, Draw::clock, epoch, worker);
    per_million_ =
        static_cast<std::int64_t>((2 * stream.uniform() - 1) * options.clock_drift * 1e6);
    boot_ = stream.between(0, 1'000'000) * 1'000'000'000;
  }

  [[nodiscard]] core::Duration span(core::Duration real) const noexcept {
    const std::int64_t ns = real.count();
    return core::Duration{ns + ns / 1'000'000 * per_million_ +
                          ns % 1'000'000 * per_million_ / 1'000'000};
  }
  [[nodiscard]] core::Time at(core::Time real) const noexcept {
    return core::Time{boot_} + span(core::Duration{real.ns});
  }

 private:
  std::int64_t per_million_ = 0;
  std::int64_t boot_ = 0;
};

}  // namespace foundation::simulation
