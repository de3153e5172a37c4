#pragma once

#include <optional>

#include "core/time.hpp"

namespace foundation::endpoints {

/// The same rate over any span but for a second's worth at once: what is taken moves a theoretical
/// arrival time (the virtual scheduling form of the generic cell rate algorithm, ITU-T I.371). An
/// amount of any size may be taken when those before it are paid for. Not thread-safe.
class Pace {
 public:
  /// 0: no limit.
  explicit Pace(double per_minute) noexcept;
  /// May something be taken now?
  [[nodiscard]] bool is_open(core::Time now) const noexcept;
  void take(double amount, core::Time now) noexcept;
  /// Takes more, or gives back (negative), what was taken already.
  void correct(double amount) noexcept;

 private:
  [[nodiscard]] core::Duration span_of(double amount) const noexcept;

  double per_second_;
  std::optional<core::Time> arrival_;
};

}  // namespace foundation::endpoints
