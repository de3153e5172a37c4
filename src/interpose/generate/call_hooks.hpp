#pragma once

#include <string>

#include "interpose/generate/mpi_header.hpp"

namespace foundation::interpose {

/// What a wrapper does around the call.
struct Hooks {
  std::string before;  ///< statements, the last of which records the enter event
  std::string after;   ///< statements, the last of which records the leave event
};

[[nodiscard]] Hooks hooks_of(const Function& function, const std::string& role);

}  // namespace foundation::interpose
