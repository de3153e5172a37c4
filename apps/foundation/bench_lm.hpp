#pragma once

#include <CLI/App.hpp>

#include "outcome.hpp"

namespace foundation {

/// `foundation bench lm`: requests under way to an endpoint, and how well a limit is kept.
void add_bench_lm(CLI::App& bench, Outcome& outcome);

}  // namespace foundation
