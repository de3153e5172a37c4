#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "trace/layout.hpp"

namespace foundation::capture {

/// Which part of a job is recorded. What a call is about is known only once it is recorded, so
/// communicators and regions narrow down what comes to the HDF5 file: see
/// detail::keep_scopes().
struct Scope {
  struct RankRange {
    std::int32_t first = 0;
    std::int32_t last = 0;
  };
  std::vector<RankRange> ranks;  ///< none: all
  std::uint32_t classes = trace::event_class::all;
  std::chrono::nanoseconds from{0};  ///< since the start of the program, or of its window
  std::optional<std::chrono::nanoseconds> length;
  std::vector<std::string> communicators;  ///< names, or rows of /communicators; none: all
  std::vector<std::string> regions;        ///< names; none: everything, in no region as well

  [[nodiscard]] bool includes(std::int32_t rank) const;
};

/// Reads "ranks=0-3,8;..." in either of two forms: a JSON object, or `key=value` separated by
/// blanks or semicolons. Keys: ranks ("0-3,8"), classes ("p2p,collective"), from ("10s"),
/// for ("1m"), communicators ("row,MPI_COMM_WORLD"), regions ("solve,io"). In JSON a list may be an
/// array; names with blanks or semicolons need that form. Throws core::Error{usage} that names the
/// key and the nearest valid one.
[[nodiscard]] Scope parse_scope(const std::string& text);
/// The same, in the second form where that can say it; empty for everything. parse_scope() gives it
/// back.
[[nodiscard]] std::string scope_text(const Scope& scope);

/// Bits of trace::event_class for names separated by commas. Throws core::Error{usage}.
[[nodiscard]] std::uint32_t parse_classes(std::string_view names);

}  // namespace foundation::capture
