#pragma once

#include <cstddef>
#include <string>

#include "analysis/analysis.hpp"

/// An analysis of a trace for people and for programs.
namespace foundation::report {

/// Sections of plain text; of each table the first `rows` rows.
[[nodiscard]] std::string trace_to_text(const analysis::TraceSet& traces,
                                        const analysis::Analysis& analysis, std::size_t rows);
/// The same facts, with a schema number. Times are seconds.
[[nodiscard]] std::string trace_to_json(const analysis::TraceSet& traces,
                                        const analysis::Analysis& analysis, std::size_t rows);

}  // namespace foundation::report
