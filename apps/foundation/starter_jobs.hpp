#pragma once

#include <string_view>

/// The jobs that `foundation init` writes: the texts of config/packages.toml,
/// config/oscillator.toml and config/lm.toml, filled in by CMake.
namespace foundation::starter_jobs {

extern const std::string_view packages;
extern const std::string_view oscillator;
extern const std::string_view lm;

}  // namespace foundation::starter_jobs
