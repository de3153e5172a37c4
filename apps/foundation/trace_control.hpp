#pragma once

#include <CLI/App.hpp>

#include "outcome.hpp"

namespace foundation {

/// `trace start`, `stop` and `collect`: what can be done about a traced job while it runs.
void add_trace_control(CLI::App& trace, Outcome& outcome);
/// `trace list`: which traced jobs there are.
void add_trace_list(CLI::App& trace, Outcome& outcome);

}  // namespace foundation
