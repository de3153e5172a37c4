#pragma once

#include <string>
#include <string_view>

#include "interpose/generate/mpi_header.hpp"

namespace foundation::interpose {

/// What a function does, as far as its wrapper is concerned: "send", "wait", "all_to_one", ...
[[nodiscard]] std::string role_of(const Function& function);
/// The role as the file format knows it.
[[nodiscard]] std::string stored_role(const std::string& role);
/// The class of events that calls in this role belong to, by which they are switched off.
[[nodiscard]] std::string class_of(const std::string& role);
/// Blocking collectives.
[[nodiscard]] bool is_collective(std::string_view role);
/// Without "MPI_", and without the "_c" of functions whose counts are wider (MPI 4.0,
/// section 2.5.8).
[[nodiscard]] std::string_view plain_name(const Function& function);

}  // namespace foundation::interpose
