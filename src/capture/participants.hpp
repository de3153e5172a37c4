#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "capture/job_view.hpp"
#include "capture/window.hpp"

namespace foundation::capture {

/// A participant without whom a result is partial.
struct Absentee {
  std::int32_t rank = -1;
  std::string host;  ///< empty if it is not known
  std::string why;

  /// "rank 3 on n2: why".
  [[nodiscard]] std::string text() const;
};

/// What keeps a participant from having done what is asked of it.
struct Hindrance {
  std::string why;
  bool may_pass = true;  ///< it is worth waiting
};
using Hindered = std::function<std::optional<Hindrance>(const JobView&, const ParticipantView&)>;

struct RollCall {
  std::vector<Absentee> missing;
  JobView job;  ///< as it was when it was last looked at
};

/// Looks at the ranks of a scope until nothing hinders any of them, until patience with each has
/// ended, or until the job and its folder are gone. Ranks that nobody has seen are missing, too.
/// Local; waits. Throws core::Error{io, bad_input}.
[[nodiscard]] RollCall await_participants(const TraceFolder& folder, const Scope& scope,
                                          const Patience& patience, const Hindered& hindered);

}  // namespace foundation::capture
