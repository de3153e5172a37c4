#include "interpose/generate/call_hooks.hpp"

#include <algorithm>
#include <initializer_list>
#include <stdexcept>
#include <string_view>

#include "interpose/generate/roles.hpp"

namespace foundation::interpose {
namespace {

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

}  // namespace

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

}  // namespace foundation::interpose
