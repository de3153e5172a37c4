#pragma once

#include <string>

#include <fmt/format.h>
#include <mpi.h>

#include "core/error.hpp"

namespace foundation::messaging::detail {

/// Turns a failed MPI call into core::Error{infrastructure}. Communicators of ours have
/// MPI_ERRORS_RETURN, so that this is reached.
inline void check(int code, const char* call) {
  if (code == MPI_SUCCESS) return;
  char text[MPI_MAX_ERROR_STRING];
  int length = 0;
  MPI_Error_string(code, text, &length);
  throw core::Error{
      core::ErrorKind::infrastructure,
      fmt::format("{} failed: {}", call, std::string(text, static_cast<std::size_t>(length)))};
}

}  // namespace foundation::messaging::detail
