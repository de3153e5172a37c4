#include "core/error.hpp"
#include "endpoints/detail/http.hpp"

namespace foundation::endpoints::detail {

void require_transport() {
  throw core::Error{core::ErrorKind::bad_input,
                    "this build of foundation cannot talk to language models: libcurl was missing "
                    "when it was configured",
                    "install libcurl's headers (Debian: libcurl4-openssl-dev) and build again with "
                    "-DFOUNDATION_LM=ON"};
}

std::unique_ptr<Transport> make_transport() {
  require_transport();
  return nullptr;
}

}  // namespace foundation::endpoints::detail
