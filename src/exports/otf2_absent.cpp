#include "core/error.hpp"
#include "exports/otf2.hpp"

// Instead of otf2.cpp where the library was not there, or not wanted, when the build was
// configured.
namespace foundation::exports {

void require_otf2() {
  throw core::Error{core::ErrorKind::usage, "this foundation was built without OTF2",
                    "install OTF2 3.0 (Debian: libopen-trace-format2-dev, Spack: otf2) and build "
                    "it anew; perfetto, chrome, csv and json need nothing"};
}

Otf2Counts export_otf2(const analysis::TraceSet& /*traces*/, const ExportOptions& /*options*/,
                       const std::filesystem::path& /*folder*/) {
  require_otf2();
  return {};
}

}  // namespace foundation::exports
