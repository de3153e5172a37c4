#pragma once

#include <string_view>

/// The jobs that `foundation init` writes: the texts of config/packages.toml, oscillator.toml,
/// lm.toml and command.toml with its solver.py, filled in by CMake.
namespace foundation::starter_jobs {

extern const std::string_view packages;
extern const std::string_view oscillator;
extern const std::string_view command;
extern const std::string_view solver;
extern const std::string_view lm;

}  // namespace foundation::starter_jobs
