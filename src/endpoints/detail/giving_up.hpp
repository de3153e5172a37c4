#pragma once

#include <cstdint>

#include "endpoints/completion.hpp"
#include "endpoints/detail/verdict.hpp"

namespace foundation::endpoints::detail {

/// What a request that is given up after this trouble has failed of.
[[nodiscard]] FailureKind failure_of(TroubleKind kind) noexcept;

/// How the requests of a client have fared.
struct Situation {
  std::uint64_t answered = 0;            ///< in all
  std::uint64_t answered_meanwhile = 0;  ///< since the one that is given up began
  std::uint64_t failed = 0;              ///< in all, with this one
};

/// Whether there is any use in asking for something else. There is none when the trouble is one of
/// the way to the endpoints, or of all requests alike, and nobody else got through meanwhile; nor
/// when the first ten requests have failed, by whatever is not their own fault.
[[nodiscard]] bool ends_all(TroubleKind kind, const Situation& situation) noexcept;

}  // namespace foundation::endpoints::detail
