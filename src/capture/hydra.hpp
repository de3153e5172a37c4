#pragma once

#include <string>

namespace foundation::capture {

/// Where the mpiexec (Hydra, of MPICH) that started this process listens, as "host:port": its proxy
/// on each host, an ancestor of the processes there, was told so on its command line. MPICH tells
/// ranks nothing else that all of them have in common. Empty if there is no such ancestor. Local.
[[nodiscard]] std::string hydra_server();

}  // namespace foundation::capture
