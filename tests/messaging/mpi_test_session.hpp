#pragma once

#include "messaging/session.hpp"

namespace foundation::messaging {

/// The session of this test process, on the MPI that mpi_test_main started. The first call is
/// **Collective**.
inline const Session& test_session() {
  static const Session session{detect_launch()};
  return session;
}

}  // namespace foundation::messaging
