#include "capture/hydra.hpp"

#include <charconv>
#include <fstream>
#include <optional>
#include <string_view>
#include <unistd.h>

#include <fmt/format.h>

namespace foundation::capture {
namespace {

constexpr int ancestors_limit = 16;  ///< shells and wrappers between the proxy and the program

std::string contents_of(pid_t process, const char* name) {
  std::ifstream input{fmt::format("/proc/{}/{}", process, name)};
  return {std::istreambuf_iterator<char>{input}, {}};
}

/// 0 if it cannot be told.
pid_t parent_of(pid_t process) {
  constexpr std::string_view label = "\nPPid:\t";
  const std::string status = contents_of(process, "status");
  const std::size_t at = status.find(label);
  pid_t parent = 0;
  if (at != std::string::npos)
    std::from_chars(status.data() + at + label.size(), status.data() + status.size(), parent);
  return parent;
}

/// The word behind `option` on the command line of a proxy.
std::optional<std::string> told_to_proxy(pid_t process, std::string_view option) {
  const std::string words = contents_of(process, "cmdline");  // each ends with a zero
  const std::string_view program{words.data(), words.find('\0') + 1};
  if (program.find("pmi_proxy") == std::string_view::npos) return std::nullopt;
  const std::size_t at = words.find(fmt::format("{0}{1}{0}", '\0', option));
  if (at == std::string::npos) return std::nullopt;
  return words.substr(at + option.size() + 2).c_str();
}

}  // namespace

std::string hydra_server() {
  pid_t ancestor = getppid();
  for (int i = 0; i < ancestors_limit && ancestor > 1; ++i, ancestor = parent_of(ancestor))
    if (const auto server = told_to_proxy(ancestor, "--control-port")) return *server;
  return {};
}

}  // namespace foundation::capture
