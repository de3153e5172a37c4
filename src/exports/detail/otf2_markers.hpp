#pragma once

#include <vector>

#include "analysis/trace_set.hpp"
#include "exports/detail/otf2_archive.hpp"
#include "exports/detail/otf2_definitions.hpp"
#include "exports/detail/otf2_locations.hpp"

namespace foundation::exports::detail {

/// Marks processes whose recording just ends, and threads that have lost events. Throws
/// core::Error{io}.
void write_otf2_markers(const Otf2Archive& archive, const analysis::TraceSet& traces,
                        const Otf2Locations& locations, const std::vector<Otf2Written>& written);

}  // namespace foundation::exports::detail
