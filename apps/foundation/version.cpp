#include "version.hpp"

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "build_facts.hpp"
#include "json_output.hpp"
#include "messaging/session.hpp"

namespace foundation {

void add_version(CLI::App& app, VersionFlags& flags) {
  CLI::Option* version =
      app.add_flag("--version", flags.shown, "Show the version and what it was built with");
  app.add_flag("--json", flags.json, "With --version: as JSON")->needs(version);
}

void print_version(const VersionFlags& flags) {
  const std::string mpi = messaging::Session::library_version();
  if (flags.json) {
    const nlohmann::json facts{{"schema", 1},
                               {"version", build_facts::version},
                               {"compiler", build_facts::compiler},
                               {"build_type", build_facts::build_type},
                               {"mpi", mpi},
                               {"hdf5", build_facts::hdf5},
                               {"boost", build_facts::boost},
                               {"contracts", build_facts::contracts},
                               {"sanitizers", build_facts::sanitizers}};
    print_json(facts);
  } else {
    fmt::print("foundation {}\n{}, {} build; {}; HDF5 {}; Boost {}\n", build_facts::version,
               build_facts::compiler, build_facts::build_type, mpi, build_facts::hdf5,
               build_facts::boost);
  }
}

}  // namespace foundation
