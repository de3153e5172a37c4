#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include <mpi.h>

/// Where MPI libraries differ in their handles, in one place. In Open MPI a handle is the address
/// of an object, and the handles that are there from the start are addresses of the library's own
/// data. In MPICH and its children (Intel MPI, Cray MPICH, MVAPICH2) a handle is a number.
namespace foundation::interpose {

/// Handles that are there from the start. To name data of the library would tie a program without
/// MPI to it, so it is looked up.
struct Constants {
  MPI_Comm world{};
  MPI_Comm self{};
  MPI_Comm no_communicator{};
  MPI_Request no_request{};
  MPI_Datatype no_type{};
  MPI_Datatype byte{};
};
extern Constants constants;

/// PMPI_Comm_c2f of a library whose handles are addresses; others have a macro instead.
extern MPI_Fint (*comm_c2f)(MPI_Comm);

void resolve_handles() noexcept;

/// Numbers of communicators are below this; of those that are not nothing is known.
inline constexpr std::size_t numbers_limit = 1 << 16;

/// MPICH's handles say in their first two bits how the object was made: with the library, from the
/// memory set aside for its kind, or later, in blocks. The last 26 bits count these, each from 0.
[[nodiscard]] constexpr std::size_t number_of_handle(std::uint32_t handle) noexcept {
  constexpr std::uint32_t from_the_start = 1;
  constexpr std::uint32_t set_aside = 2;
  constexpr std::size_t first_set_aside = 64;
  constexpr std::size_t first_later = 4096;
  const std::uint32_t kind = handle >> 30;
  const std::size_t index = handle & 0x03FFFFFFU;
  if (kind == from_the_start) return index < first_set_aside ? index : numbers_limit;
  if (kind != set_aside) return first_later + index;
  return index < first_later - first_set_aside ? first_set_aside + index : numbers_limit;
}

/// A small number of a communicator, which no other has while it lives. A template, so that only
/// what holds for the kind of handle at hand is compiled.
template <class Comm>
[[nodiscard]] std::size_t number_of(Comm comm) noexcept {
  if constexpr (std::is_pointer_v<Comm>)
    return static_cast<std::size_t>(comm_c2f(comm));
  else
    return number_of_handle(static_cast<std::uint32_t>(comm));
}

}  // namespace foundation::interpose
