#pragma once

#include <cstddef>
#include <string>

#include "report/detail/trace_names.hpp"

namespace foundation::report::detail {

/// What the program itself has named: its regions, counters and marks, `rows` of each.
[[nodiscard]] std::string program_text(const TraceNames& names, const analysis::Analysis& all,
                                       std::size_t rows);

}  // namespace foundation::report::detail
