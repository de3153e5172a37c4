#include "endpoints/detail/retry_plan.hpp"

#include <algorithm>
#include <limits>

namespace foundation::endpoints::detail {
namespace {

constexpr core::Duration first_backoff = std::chrono::milliseconds{500};
constexpr core::Duration longest_backoff = std::chrono::seconds{30};
constexpr std::uint32_t most_doublings = 6;  // 32 s

/// How often a request is sent at most when it keeps ending like this.
std::uint32_t most_tries(TroubleKind kind) {
  switch (kind) {
    case TroubleKind::refused:
    case TroubleKind::bad_output:
    case TroubleKind::denied:
    case TroubleKind::not_found:
    case TroubleKind::untrusted: return 1;
    case TroubleKind::timeout: return 2;
    case TroubleKind::server_error:
    case TroubleKind::unusable: return 3;
    case TroubleKind::no_contact:
    case TroubleKind::cut: return 8;
    case TroubleKind::limited:
    case TroubleKind::overloaded: break;
  }
  return std::numeric_limits<std::uint32_t>::max();
}

}  // namespace

std::optional<core::Duration> RetryPlan::next(const Trouble& trouble, core::Duration elapsed) {
  std::uint32_t& seen = seen_.at(static_cast<std::size_t>(trouble.kind));
  if (++seen >= most_tries(trouble.kind)) return std::nullopt;
  const core::Duration ceiling =
      std::min(longest_backoff, first_backoff * (1 << std::min(seen - 1, most_doublings)));
  const core::Duration jitter{
      static_cast<std::int64_t>(jitter_.uniform() * static_cast<double>(ceiling.count()))};
  const core::Duration wait = trouble.retry_after.value_or(core::Duration{0}) + jitter;
  if (elapsed + wait > deadline_) return std::nullopt;
  ++retries_;
  return wait;
}

}  // namespace foundation::endpoints::detail
