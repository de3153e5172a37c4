#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "analysis/trace_set.hpp"
#include "capture/window.hpp"

namespace foundation::capture::detail {

/// What of a window's events comes to the file, as its scope names communicators and regions.
struct CallFilter {
  using Rows = std::set<std::uint32_t>;
  std::optional<Rows> communicators;  ///< rows of TraceSet::communicators; none: all
  std::optional<Rows> regions;        ///< rows of TraceSet::regions; none: everything

  [[nodiscard]] bool keeps_all() const noexcept { return !communicators && !regions; }
  [[nodiscard]] bool has_communicator(std::uint32_t row) const {
    return !communicators || communicators->contains(row);
  }
};

/// The filter of a window. A name that no process knows leaves its list without effect, so that a
/// slip of the finger loses nothing; `notes` then say so, with the names that there are.
[[nodiscard]] CallFilter make_filter(const analysis::TraceSet& traces, const Window& window,
                                     std::vector<std::string>& notes);

}  // namespace foundation::capture::detail
