#pragma once

#include <string_view>

/// The jobs that `foundation init` writes: the text of config/packages.toml and
/// config/oscillator.toml, filled in by CMake.
namespace foundation::starter_jobs {

extern const std::string_view packages;
extern const std::string_view oscillator;

}  // namespace foundation::starter_jobs
