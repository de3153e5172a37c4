#pragma once

#include <CLI/App.hpp>

#include "outcome.hpp"

namespace foundation {

/// `foundation bench trace`: what recording costs an MPI call.
void add_bench_trace(CLI::App& bench, Outcome& outcome);

}  // namespace foundation
