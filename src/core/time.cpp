#include "core/time.hpp"

namespace foundation::core {

Time monotonic_now() noexcept {
  return Time{
      std::chrono::duration_cast<Duration>(std::chrono::steady_clock::now().time_since_epoch())
          .count()};
}

WallLabel wall_now() noexcept {
  return std::chrono::duration_cast<Duration>(std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace foundation::core
