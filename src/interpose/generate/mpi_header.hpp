#pragma once

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

namespace foundation::interpose {

struct Parameter {
  std::string declaration;  ///< "const int counts[]"
  std::string name;
};

/// A function of MPI as the header declares it.
struct Function {
  std::string name;  ///< "MPI_Send"
  std::vector<Parameter> parameters;

  [[nodiscard]] bool has(std::string_view parameter) const {
    return std::ranges::any_of(parameters, [&](const auto& it) { return it.name == parameter; });
  }
  /// "const void *buf, int count": for a definition.
  [[nodiscard]] std::string declarations() const;
  /// "buf, count": for a call.
  [[nodiscard]] std::string arguments() const;
};

/// The functions that are traced, by name, each once, in a preprocessed mpi.h. Throws
/// std::runtime_error where brackets do not match.
[[nodiscard]] std::vector<Function> parse_header(const std::string& header);

}  // namespace foundation::interpose
