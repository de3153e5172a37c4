// Writes the wrappers of all MPI functions from the header of the MPI library at hand, so that
// there is one for each function that it has. Runs at build time:
//
//   foundation_generate_wrappers <preprocessed mpi.h> <output.cpp>

#include <fstream>
#include <iostream>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "interpose/generate/call_hooks.hpp"
#include "interpose/generate/mpi_header.hpp"
#include "interpose/generate/roles.hpp"

namespace foundation::interpose {
namespace {

/// One statement a line.
std::string on_lines(const std::string& statements) {
  std::string text = "  ";
  for (std::size_t i = 0; i < statements.size(); ++i) {
    const bool gap = statements[i] == ' ' && i > 0 && statements[i - 1] == ';';
    text += gap ? std::string{"\n  "} : std::string{statements[i]};
  }
  return text + "\n";
}

/// Where nothing is recorded the wrapper is two loads and a jump: what records is a function of its
/// own, and so is what looks the function behind it up when it is called for the first time.
void write_wrapper(std::ostream& out, const Function& function, const std::string& prefix) {
  const std::string name = prefix + function.name;
  const std::string role = role_of(function);
  const Hooks hooks = hooks_of(function, role);
  const std::string parameters = "(" + function.declarations() + ")";
  const std::string arguments = "(" + function.arguments() + ")";
  const std::string target = "next_" + name;
  out << "namespace {\n\nint resolve_" << name << parameters << ";\n"
      << "int (*" << target << ")" << parameters << " = resolve_" << name << ";\n"
      << "int resolve_" << name << parameters << " {\n"
      << "  resolve_all();\n"
      << "  return " << target << arguments << ";\n}\n\n"
      << "[[gnu::noinline]] int record_" << name << parameters << " {\n"
      << "  if (" << target << " == resolve_" << name << ") [[unlikely]] resolve_all();\n"
      << "  if (Call::is_inside()) return " << target << arguments << ";\n"
      << "  Call call{Region::" << function.name << "};\n"
      << on_lines(hooks.before) << "  const int mpi_code = " << target << arguments << ";\n"
      << on_lines(hooks.after) << "  return mpi_code;\n}\n\n}  // namespace\n\n"
      << "extern \"C\" FOUNDATION_EXPORT int " << name << parameters << " {\n"
      << "  if (!trace::is_recording(event_class::" << class_of(role) << ")) [[likely]]\n"
      << "    return " << target << arguments << ";\n"
      << "  return record_" << name << arguments << ";\n}\n\n";
}

void write_all(std::ostream& out, const std::vector<Function>& functions) {
  out << "// Made by src/interpose/generate from mpi.h.\n"
      << "#include \"interpose/hooks.hpp\"\n\n"
      << "using namespace foundation::interpose;\n"
      << "namespace trace = foundation::trace;\n\n"
      << "namespace {\n\nenum class Region : std::uint16_t {\n  none,\n";
  for (const Function& it : functions) out << "  " << it.name << ",\n";
  out << "};\n\n}  // namespace\n\n";
  for (const std::string prefix : {"", "P"})
    for (const Function& it : functions) write_wrapper(out, it, prefix);
  out << "namespace foundation::interpose {\n\n"
      << "void resolve_all() noexcept {\n  resolve_library();\n";
  for (const std::string prefix : {"", "P"})
    for (const Function& it : functions)
      out << "  resolve(next_" << prefix << it.name << ", \"" << prefix << it.name << "\");\n";
  out << "}\n\nvoid define_regions() noexcept {\n";
  for (const Function& it : functions)
    out << "  define_function(RegionRole::" << stored_role(role_of(it)) << ", \"" << it.name
        << "\");\n";
  out << "}\n\n}  // namespace foundation::interpose\n";
}

}  // namespace
}  // namespace foundation::interpose

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: foundation_generate_wrappers <preprocessed mpi.h> <output.cpp>\n";
    return 2;
  }
  try {
    std::ostringstream header;
    header << std::ifstream{argv[1]}.rdbuf();
    const auto functions = foundation::interpose::parse_header(header.str());
    if (functions.size() < 300)
      throw std::runtime_error{"only " + std::to_string(functions.size()) +
                               " MPI functions found in " + argv[1]};
    std::ofstream out{argv[2]};
    foundation::interpose::write_all(out, functions);
    out.close();
    if (!out) throw std::runtime_error{std::string{"cannot write "} + argv[2]};
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
