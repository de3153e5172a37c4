#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "analysis/trace_set.hpp"
#include "exports/detail/otf2_archive.hpp"
#include "exports/detail/otf2_locations.hpp"
#include "exports/detail/otf2_references.hpp"

namespace foundation::exports::detail {

/// What the events of a location group have come to.
struct Otf2Written {
  std::vector<std::uint64_t> events;  ///< by thread
  analysis::TraceTime end = 0;        ///< the latest known moment of its process
  std::optional<std::uint32_t> open;  ///< region of a call that was never left
};

/// Writes the definitions of all that the events refer to: clock, strings, regions, hosts,
/// processes, threads and communicators. `written` has an entry a group; no event is behind `end`.
/// Throws core::Error{io}.
void write_otf2_definitions(const Otf2Archive& archive, const analysis::TraceSet& traces,
                            const Otf2Locations& locations, const std::vector<Otf2Written>& written,
                            analysis::TraceTime end, Otf2References& references);

}  // namespace foundation::exports::detail
