#pragma once

#include <array>
#include <cstdint>
#include <optional>

#include "core/random.hpp"
#include "core/time.hpp"
#include "endpoints/detail/verdict.hpp"

namespace foundation::endpoints::detail {

/// Whether and when one request is sent again: exponential backoff with full jitter (Brooker,
/// "Exponential backoff and jitter", AWS Architecture Blog 2015), never before the server's
/// Retry-After, and never past the deadline. What cannot get better is not tried again, what may
/// be the request's own fault a few times, what is the network's longer, and what a server asks to
/// have repeated until the deadline.
///
/// A state machine: no clock. One request, one thread.
class RetryPlan {
 public:
  /// `deadline`: from the first time the request is sent.
  RetryPlan(core::Stream jitter, core::Duration deadline) : jitter_{jitter}, deadline_{deadline} {}

  /// How long to wait after this trouble, `elapsed` since the request was first sent; nothing: it
  /// is given up.
  [[nodiscard]] std::optional<core::Duration> next(const Trouble& trouble, core::Duration elapsed);
  /// Times the request was sent again.
  [[nodiscard]] std::uint32_t retries() const noexcept { return retries_; }

 private:
  core::Stream jitter_;
  core::Duration deadline_;
  std::uint32_t retries_ = 0;
  std::array<std::uint32_t, 16> seen_{};  ///< troubles by kind
};

}  // namespace foundation::endpoints::detail
