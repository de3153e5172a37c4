#include "endpoints/detail/giving_up.hpp"

namespace foundation::endpoints {

std::string_view name_of(FailureKind kind) noexcept {
  switch (kind) {
    case FailureKind::refused: return "refused";
    case FailureKind::bad_output: return "bad_output";
    case FailureKind::timeout: return "timeout";
    case FailureKind::rate_limited: return "rate_limited";
    case FailureKind::lost: return "lost";
    case FailureKind::blocked: break;
  }
  return "blocked";
}

namespace detail {
namespace {

constexpr std::uint64_t failures_at_the_start = 10;

bool concerns_all(TroubleKind kind) noexcept {
  switch (kind) {
    case TroubleKind::denied:
    case TroubleKind::not_found:
    case TroubleKind::untrusted:
    case TroubleKind::limited:
    case TroubleKind::overloaded:
    case TroubleKind::no_contact:
    case TroubleKind::cut: return true;
    case TroubleKind::refused:
    case TroubleKind::bad_output:
    case TroubleKind::server_error:
    case TroubleKind::unusable:
    case TroubleKind::timeout: break;
  }
  return false;
}

bool may_be_its_own_fault(FailureKind kind) noexcept {
  return kind != FailureKind::lost && kind != FailureKind::rate_limited;
}

}  // namespace

FailureKind failure_of(TroubleKind kind) noexcept {
  switch (kind) {
    case TroubleKind::refused: return FailureKind::refused;
    case TroubleKind::bad_output: return FailureKind::bad_output;
    case TroubleKind::timeout: return FailureKind::timeout;
    case TroubleKind::limited: return FailureKind::rate_limited;
    case TroubleKind::denied:
    case TroubleKind::not_found:
    case TroubleKind::untrusted:
    case TroubleKind::overloaded:
    case TroubleKind::server_error:
    case TroubleKind::unusable:
    case TroubleKind::no_contact:
    case TroubleKind::cut: break;
  }
  return FailureKind::lost;
}

bool ends_all(TroubleKind kind, const Situation& situation) noexcept {
  if (concerns_all(kind) && situation.answered_meanwhile == 0) return true;
  return situation.answered == 0 && situation.failed >= failures_at_the_start &&
         !may_be_its_own_fault(failure_of(kind));
}

}  // namespace detail
}  // namespace foundation::endpoints
