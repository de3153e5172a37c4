// Writes the wrappers of all MPI functions from the header of the MPI library at hand, so that
// there is one for each function that it has. Runs at build time:
//
//   foundation_generate_wrappers <preprocessed mpi.h> <output.cpp>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iostream>
#include <map>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

struct Parameter {
  std::string declaration;  ///< "const int counts[]"
  std::string name;
};

struct Function {
  std::string name;  ///< "MPI_Send"
  std::vector<Parameter> parameters;

  [[nodiscard]] bool has(std::string_view parameter) const {
    return std::ranges::any_of(parameters, [&](const auto& it) { return it.name == parameter; });
  }
  [[nodiscard]] std::string declarations() const;
  [[nodiscard]] std::string arguments() const;
};

std::string Function::declarations() const {
  std::string text;
  for (const Parameter& it : parameters) text += (text.empty() ? "" : ", ") + it.declaration;
  return text.empty() ? "void" : text;
}

std::string Function::arguments() const {
  std::string text;
  for (const Parameter& it : parameters) text += (text.empty() ? "" : ", ") + it.name;
  return text;
}

// --- reading the header --------------------------------------------------------------------------

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

std::string squeeze(std::string_view text) {
  std::string squeezed;
  for (const char c : text) {
    const bool blank = std::isspace(static_cast<unsigned char>(c)) != 0;
    if (!blank) squeezed += c;
    if (blank && !squeezed.empty() && squeezed.back() != ' ') squeezed += ' ';
  }
  while (!squeezed.empty() && squeezed.back() == ' ') squeezed.pop_back();
  return squeezed;
}

/// Index behind the bracket that closes the one at `open`.
std::size_t behind_bracket(std::string_view text, std::size_t open) {
  int depth = 0;
  for (std::size_t i = open; i < text.size(); ++i) {
    if (text[i] == '(') ++depth;
    if (text[i] == ')' && --depth == 0) return i + 1;
  }
  throw std::runtime_error{"brackets do not match in the MPI header"};
}

std::string without_attributes(std::string text) {
  constexpr std::string_view word = "__attribute__";
  for (std::size_t at = text.find(word); at != std::string::npos; at = text.find(word, at))
    text.erase(at, behind_bracket(text, text.find('(', at)) - at);
  return text;
}

/// "const int counts[]" has the name "counts"; "int" alone has none.
std::string name_of(std::string_view declaration) {
  std::string_view text = declaration.substr(0, declaration.find('['));
  while (!text.empty() && !is_word(text.back())) text.remove_suffix(1);
  std::size_t begin = text.size();
  while (begin > 0 && is_word(text[begin - 1])) --begin;
  return begin == 0 ? "" : std::string{text.substr(begin)};
}

std::optional<std::vector<Parameter>> parse_parameters(std::string_view list) {
  std::vector<Parameter> parameters;
  if (squeeze(list) == "void" || squeeze(list).empty()) return parameters;
  std::istringstream parts{std::string{list}};
  for (std::string part; std::getline(parts, part, ',');) {
    const std::string declaration = squeeze(part);
    const std::string name = name_of(declaration);
    if (name.empty() || declaration == "...") return std::nullopt;
    parameters.push_back({declaration, name});
  }
  return parameters;
}

/// Conversions of handles and clocks are no work to be traced; MPI_T is another interface.
bool is_traced(std::string_view name) {
  return name.starts_with("MPI_") && !name.starts_with("MPI_T_") && !name.ends_with("_c2f") &&
         !name.ends_with("_f2c") && !name.ends_with("_c2f08") && !name.ends_with("_f082c") &&
         !name.ends_with("2f08") && !name.ends_with("082f");
}

std::vector<Function> parse_header(const std::string& header) {
  const std::string text = without_attributes(header);
  std::vector<Function> functions;
  for (std::size_t at = 0; (at = text.find("int MPI_", at)) != std::string::npos;) {
    const bool starts_word = at == 0 || !is_word(text[at - 1]);
    const std::size_t name_begin = at + 4;
    std::size_t name_end = name_begin;
    while (is_word(text[name_end])) ++name_end;
    at = name_end;
    std::size_t open = name_end;
    while (open < text.size() && std::isspace(static_cast<unsigned char>(text[open])) != 0) ++open;
    const std::string name = text.substr(name_begin, name_end - name_begin);
    if (!starts_word || text[open] != '(' || !is_traced(name)) continue;
    const std::size_t close = behind_bracket(text, open);
    const std::size_t end = text.find_first_not_of(" \t\r\n", close);
    if (end == std::string::npos || text[end] != ';') continue;
    if (auto parameters = parse_parameters(text.substr(open + 1, close - open - 2)))
      functions.push_back({name, std::move(*parameters)});
    at = close;
  }
  std::ranges::sort(functions, {}, &Function::name);
  const auto same_name = [](const Function& a, const Function& b) { return a.name == b.name; };
  functions.erase(std::unique(functions.begin(), functions.end(), same_name), functions.end());
  return functions;
}

// --- what a function does ------------------------------------------------------------------------

// Functions by role; "MPI_" is left out. Those that are not here are `other`, `file` or
// `one_sided` by their names.
const std::map<std::string_view, std::string_view> roles_by_name{
    {"Send", "send"},
    {"Bsend", "send"},
    {"Rsend", "send"},
    {"Ssend", "synchronous_send"},
    {"Recv", "receive"},
    {"Sendrecv", "send_receive"},
    {"Sendrecv_replace", "send_receive"},
    {"Isend", "start_send"},
    {"Ibsend", "start_send"},
    {"Irsend", "start_send"},
    {"Issend", "start_synchronous"},
    {"Irecv", "start_receive"},
    {"Send_init", "prepare_send"},
    {"Bsend_init", "prepare_send"},
    {"Rsend_init", "prepare_send"},
    {"Ssend_init", "prepare_send"},
    {"Recv_init", "prepare_receive"},
    {"Psend_init", "prepare_send"},
    {"Precv_init", "prepare_receive"},
    {"Pready", "partition"},
    {"Pready_list", "partition"},
    {"Pready_range", "partition"},
    {"Parrived", "partition"},
    {"Start", "start"},
    {"Startall", "start"},
    {"Wait", "wait"},
    {"Waitall", "wait"},
    {"Waitany", "wait"},
    {"Waitsome", "wait"},
    {"Test", "test"},
    {"Testall", "test"},
    {"Testany", "test"},
    {"Testsome", "test"},
    {"Probe", "probe"},
    {"Iprobe", "probe"},
    {"Mprobe", "probe_matched"},
    {"Improbe", "probe_matched"},
    {"Mrecv", "receive_matched"},
    {"Imrecv", "start_receive_matched"},
    {"Barrier", "barrier"},
    {"Allreduce", "all_to_all"},
    {"Allgather", "all_to_all"},
    {"Allgatherv", "all_to_all"},
    {"Alltoall", "all_to_all"},
    {"Alltoallv", "all_to_all"},
    {"Alltoallw", "all_to_all"},
    {"Reduce_scatter", "all_to_all"},
    {"Reduce_scatter_block", "all_to_all"},
    {"Bcast", "one_to_all"},
    {"Scatter", "one_to_all"},
    {"Scatterv", "one_to_all"},
    {"Reduce", "all_to_one"},
    {"Gather", "all_to_one"},
    {"Gatherv", "all_to_one"},
    {"Scan", "prefix"},
    {"Exscan", "prefix"},
    {"Comm_dup", "communicator"},
    {"Comm_dup_with_info", "communicator"},
    {"Comm_idup", "communicator"},
    {"Comm_idup_with_info", "communicator"},
    {"Comm_create", "communicator"},
    {"Comm_create_group", "communicator"},
    {"Comm_split", "communicator"},
    {"Comm_split_type", "communicator"},
    {"Cart_create", "communicator"},
    {"Cart_sub", "communicator"},
    {"Graph_create", "communicator"},
    {"Dist_graph_create", "communicator"},
    {"Dist_graph_create_adjacent", "communicator"},
    {"Intercomm_create", "communicator"},
    {"Intercomm_merge", "communicator"},
    {"Comm_accept", "communicator"},
    {"Comm_connect", "communicator"},
    {"Comm_spawn", "communicator"},
    {"Comm_spawn_multiple", "communicator"},
    {"Init", "initialize"},
    {"Init_thread", "initialize"},
    {"Finalize", "finalize"},
    {"Cancel", "cancel"},
    {"Request_free", "free_request"},
    {"Comm_free", "release"},
    {"Comm_disconnect", "release"},
    {"Comm_set_name", "name"},
};

const std::vector<std::string_view> collectives_without_wait{"barrier", "all_to_all", "one_to_all",
                                                             "all_to_one", "prefix"};

bool is_collective(std::string_view role) {
  return std::ranges::find(collectives_without_wait, role) != collectives_without_wait.end();
}

/// Without "MPI_", and without the "_c" of functions whose counts are wider (MPI 4.0,
/// section 2.5.8).
std::string_view plain_name(const Function& function) {
  std::string_view name = std::string_view{function.name}.substr(4);
  if (name.ends_with("_c")) name.remove_suffix(2);
  return name;
}

std::string role_of(const Function& function) {
  const std::string_view name = plain_name(function);
  if (const auto found = roles_by_name.find(name); found != roles_by_name.end())
    return std::string{found->second};
  if (name.starts_with("I") && function.has("request") && function.has("comm")) {
    std::string blocking{name.substr(1)};
    blocking[0] = static_cast<char>(std::toupper(static_cast<unsigned char>(blocking[0])));
    const auto found = roles_by_name.find(blocking);
    if (found != roles_by_name.end() && is_collective(found->second)) return "start_collective";
  }
  if (name.starts_with("File_")) return "file";
  if (name.starts_with("Win_") || function.has("win")) return "one_sided";
  return "other";
}

/// The role as the file format knows it.
std::string stored_role(const std::string& role) {
  const bool internal =
      role == "cancel" || role == "free_request" || role == "release" || role == "name";
  return internal ? "other" : role;
}

std::string class_of(const std::string& role) {
  if (is_collective(role) || role == "start_collective") return "collective";
  // Never switched off: what the ids of communicators mean must be known at any time.
  if (role == "communicator" || role == "release" || role == "name" || role == "initialize" ||
      role == "finalize")
    return "communicator";
  if (role == "one_sided" || role == "file") return role;
  if (role == "other") return "other_mpi";
  return "point_to_point";
}

// --- writing the wrappers ------------------------------------------------------------------------

/// Bytes that the caller gives to a collective. Only arguments that count may be looked at: what
/// is sent counts at the root only in a scatter, and nowhere in place.
std::string bytes_given(const Function& function) {
  const auto first = [&](std::initializer_list<std::string_view> names) -> std::string {
    for (const std::string_view name : names)
      if (function.has(name)) return std::string{name};
    return {};
  };
  const std::string type = first({"sendtype", "datatype"});
  const std::string counts = first({"sendcounts", "recvcounts"});
  const std::string count = first({"sendcount", "count", "recvcount"});
  const bool many = function.has("sendcounts") || (!counts.empty() && !function.has("sendcount"));
  if (type.empty() || (!many && count.empty())) return "0";
  const std::string bytes =
      many ? "sum_of(" + counts + ", " + type + ", comm)" : "bytes_of(" + count + ", " + type + ")";
  if (function.name.find("catter") != std::string::npos && function.has("root"))
    return "is_root(root, comm) ? " + bytes + " : 0";
  return function.has("sendbuf") ? "sendbuf == MPI_IN_PLACE ? 0 : " + bytes : bytes;
}

std::string new_communicator(const Function& function) {
  for (const Parameter& it : function.parameters)
    if (it.declaration.find("MPI_Comm *") != std::string::npos) return it.name;
  throw std::runtime_error{function.name + " makes no communicator"};
}

std::string old_communicator(const Function& function) {
  for (const Parameter& it : function.parameters)
    if (it.declaration.find("MPI_Comm ") != std::string::npos &&
        it.declaration.find('*') == std::string::npos)
      return it.name;
  throw std::runtime_error{function.name + " takes no communicator"};
}

/// A request that is under way when the function returns, whatever it is for.
bool begins_request(const Function& function) {
  const auto is_made = [](const Parameter& it) {
    return it.name == "request" && it.declaration.find("MPI_Request *") != std::string::npos;
  };
  return std::ranges::any_of(function.parameters, is_made) &&
         !plain_name(function).ends_with("_init");
}

struct Hooks {
  std::string before;  ///< statements, the last of which records the enter event
  std::string after;   ///< statements, the last of which records the leave event
};

Hooks message_hooks(const Function& function, const std::string& role) {
  const bool both = role == "send_receive";
  const std::string type = both && function.has("sendtype") ? "sendtype" : "datatype";
  const std::string count = both && function.has("sendcount") ? "sendcount" : "count";
  const std::string tag = both ? "sendtag" : "tag";
  const std::string whole = function.has("partitions") ? "partitions * " + count : count;
  const std::string sent =
      "call.enter(dest, " + tag + ", comm, bytes_of(" + whole + ", " + type + "));";
  const std::string source = function.has("source") ? "source" : "dest";  // of MPI_Precv_init
  const std::string wanted = "call.enter(" + source + ", tag, comm, 0);";
  if (role == "send" || role == "synchronous_send") return {sent, "call.leave();"};
  if (role == "receive") return {"OwnStatus own{status}; " + wanted, "call.leave(*status, comm);"};
  if (both) return {"OwnStatus own{status}; " + sent, "call.leave(*status, comm);"};
  if (role == "start_receive" || role == "prepare_receive")
    return {wanted, "call.leave_with(*request);"};
  return {sent, "call.leave_with(*request);"};
}

Hooks probe_hooks(const Function& function, const std::string& role) {
  const std::string flag = function.has("flag") ? "*flag != 0" : "true";
  if (role == "receive_matched")
    return {"OwnStatus own{status}; call.enter_matched(*message);", "call.leave(*status);"};
  if (role == "start_receive_matched")
    return {"call.enter_matched(*message);", "call.leave_with(*request);"};
  const std::string value = role == "probe_matched" ? "bits_of(*message)" : "0";
  return {"OwnStatus own{status}; call.enter(source, tag, comm, 0);",
          "call.leave_probe(" + flag + ", *status, comm, " + flag + " ? " + value + " : 0);"};
}

/// Requests are gone after the call, and statuses may be unwanted: both are kept by `Requests`.
Hooks completion_hooks(const Function& function) {
  const std::string_view name = plain_name(function);
  if (name == "Wait" || name == "Test") {
    const std::string flag = name == "Test" ? "*flag != 0" : "true";
    return {"OwnStatus own{status}; const auto held = bits_of(*request); call.enter();",
            "if (" + flag + ") call.complete(held, *status); call.leave();"};
  }
  const std::string count = function.has("incount") ? "incount" : "count";
  const std::string keep = "const Requests held{" + count + ", array_of_requests}; ";
  if (name.ends_with("any")) {
    const std::string index = function.has("indx") ? "indx" : "index";
    const std::string flag = name == "Testany" ? "*flag != 0 && " : "";
    return {keep + "OwnStatus own{status}; call.enter();",
            "if (" + flag + "*" + index + " != MPI_UNDEFINED) call.complete(held[*" + index +
                "], *status); "
                "call.leave();"};
  }
  const std::string statuses =
      keep + "OwnStatuses own{" + count + ", array_of_statuses}; call.enter();";
  if (name.ends_with("all")) {
    const std::string flag = name == "Testall" ? "if (*flag != 0) " : "";
    return {statuses, flag + "call.complete_all(held, array_of_statuses); call.leave();"};
  }
  return {statuses,
          "call.complete_some(held, *outcount, array_of_indices, array_of_statuses); "
          "call.leave();"};
}

Hooks hooks_of(const Function& function, const std::string& role) {
  if (role == "wait" || role == "test") return completion_hooks(function);
  if (role.find("probe") != std::string::npos || role.ends_with("matched"))
    return probe_hooks(function, role);
  if (role.find("send") != std::string::npos || role.find("receive") != std::string::npos ||
      role == "start_synchronous")
    return message_hooks(function, role);
  if (is_collective(role) || role == "start_collective") {
    const std::string root = function.has("root") ? "root" : "-1";
    return {"call.enter(" + root + ", 0, comm, " + bytes_given(function) + ");",
            role == "start_collective" ? "call.leave_with(*request);" : "call.leave();"};
  }
  if (role == "start") {
    const std::string started = function.has("array_of_requests")
                                    ? "call.start_all(count, array_of_requests);"
                                    : "call.start(*request);";
    return {"call.enter(); " + started, "call.leave();"};
  }
  if (role == "cancel") return {"Call::expect_cancelled(); call.enter();", "call.leave();"};
  if (role == "free_request")
    return {"const auto held = bits_of(*request); call.enter(); call.cancel(held);",
            "call.leave();"};
  if (role == "communicator") {
    const std::string made = new_communicator(function);
    return {
        "const auto parent = id_of(" + old_communicator(function) + "); call.enter_for(parent);",
        "call.leave_created(parent, mpi_code == MPI_SUCCESS ? *" + made +
            " : constants.no_communicator" + (begins_request(function) ? ", *request);" : ");")};
  }
  if (role == "release") return {"call.enter_for(id_of(*comm)); forget(*comm);", "call.leave();"};
  if (role == "partition") return {"call.enter_for_request(request);", "call.leave();"};
  if (role == "name")
    return {"call.enter_for(id_of(comm));", "named(mpi_code, comm, comm_name); call.leave();"};
  if (role == "initialize") return {"call.enter();", "initialized(); call.leave();"};
  if (role == "finalize") return {"call.enter();", "call.leave(); finalized();"};
  return {"call.enter();",
          begins_request(function) ? "call.leave_with(*request);" : "call.leave();"};
}

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
  out << "// Made by src/interpose/generate.cpp from mpi.h.\n"
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

int main(int argc, char** argv) {
  if (argc != 3) {
    std::cerr << "usage: foundation_generate_wrappers <preprocessed mpi.h> <output.cpp>\n";
    return 2;
  }
  try {
    std::ostringstream header;
    header << std::ifstream{argv[1]}.rdbuf();
    const std::vector<Function> functions = parse_header(header.str());
    if (functions.size() < 300)
      throw std::runtime_error{"only " + std::to_string(functions.size()) +
                               " MPI functions found in " + argv[1]};
    std::ofstream out{argv[2]};
    write_all(out, functions);
    out.close();
    if (!out) throw std::runtime_error{std::string{"cannot write "} + argv[2]};
  } catch (const std::exception& error) {
    std::cerr << "error: " << error.what() << '\n';
    return 1;
  }
  return 0;
}
