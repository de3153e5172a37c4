#pragma once

#include <CLI/App.hpp>

#include "outcome.hpp"

namespace foundation {

/// `foundation bench command`: what it costs to run a program with limits.
void add_bench_commands(CLI::App& bench, Outcome& outcome);

}  // namespace foundation
