#include "interpose/handles.hpp"

#include <cstring>

#include "interpose/hooks.hpp"

namespace foundation::interpose {

Constants constants;
MPI_Fint (*comm_c2f)(MPI_Comm) = nullptr;

namespace {

template <class Handle>
void resolve_data(Handle& handle, const char* name) noexcept {
  void* const place = find_data(name);
  static_assert(sizeof place == sizeof handle);
  std::memcpy(&handle, &place, sizeof handle);
}

template <class Comm>
void resolve_handles_of() noexcept {
  if constexpr (std::is_pointer_v<Comm>) {
    resolve_data(constants.world, "ompi_mpi_comm_world");
    resolve_data(constants.self, "ompi_mpi_comm_self");
    resolve_data(constants.no_communicator, "ompi_mpi_comm_null");
    resolve_data(constants.no_request, "ompi_request_null");
    resolve_data(constants.no_type, "ompi_mpi_datatype_null");
    resolve_data(constants.byte, "ompi_mpi_byte");
    resolve(comm_c2f, "PMPI_Comm_c2f");
  } else {
    constants = {MPI_COMM_WORLD,   MPI_COMM_SELF,     MPI_COMM_NULL,
                 MPI_REQUEST_NULL, MPI_DATATYPE_NULL, MPI_BYTE};
  }
}

}  // namespace

void resolve_handles() noexcept { resolve_handles_of<MPI_Comm>(); }

}  // namespace foundation::interpose
