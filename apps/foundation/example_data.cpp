#include "example_data.hpp"

#include <array>
#include <cerrno>
#include <fstream>
#include <istream>
#include <sstream>
#include <string_view>

#include <fmt/format.h>

#include "child_process.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "programs/generate.hpp"

namespace foundation {
namespace {

constexpr const char* other_example = "`foundation init oscillator` needs no package catalogue";

[[noreturn]] void reject(std::string message, std::string hint) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

ExampleData select_packages(std::istream& catalogue) {
  std::ostringstream jsonl;
  const std::uint64_t count = programs::write_package_examples(catalogue, jsonl);
  return {std::move(jsonl).str(), count};
}

ExampleData from_this_machine() try {
  ChildProcess child{{"apt-cache", "dumpavail"}, ChildProcess::Errors::inherited};
  ChildOutput output{child};
  std::istream stream{&output};
  ExampleData data = select_packages(stream);
  if (const int status = child.wait(); status != 0) {
    reject(fmt::format("`apt-cache dumpavail` ended with status {}", status), other_example);
  }
  return data;
} catch (const core::Error& error) {
  if (error.kind() != core::ErrorKind::io) throw;
  reject(fmt::format("{}: this machine has no package catalogue", error.what()), other_example);
}

ExampleData from_file(const std::string& catalogue) {
  errno = 0;
  std::ifstream stream{catalogue};
  if (!stream) {
    throw core::Error{core::ErrorKind::bad_input,
                      core::system_error("read", catalogue, errno).what()};
  }
  return select_packages(stream);
}

}  // namespace

ExampleKind parse_example_kind(const std::string& name) {
  static constexpr std::array<std::string_view, 2> names{"packages", "oscillator"};
  if (name == names[0]) return ExampleKind::packages;
  if (name == names[1]) return ExampleKind::oscillator;
  const auto near = core::nearest(name, names);
  throw core::Error{
      core::ErrorKind::usage, fmt::format("there is no example '{}'", name),
      near ? fmt::format("did you mean '{}'?", *near) : "examples are packages and oscillator"};
}

ExampleData package_examples(const std::string& catalogue) {
  ExampleData data = catalogue.empty() ? from_this_machine() : from_file(catalogue);
  if (data.count == 0) {
    reject("the package catalogue holds no package of the sections wanted",
           fmt::format("`apt-get update` fetches it; {}", other_example));
  }
  return data;
}

ExampleData oscillator_examples(std::uint32_t count, std::uint64_t seed) {
  std::ostringstream jsonl;
  programs::write_oscillator_examples(jsonl, count, seed);
  return {std::move(jsonl).str(), count};
}

}  // namespace foundation
