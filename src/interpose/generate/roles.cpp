#include "interpose/generate/roles.hpp"

#include <algorithm>
#include <cctype>
#include <map>
#include <vector>

namespace foundation::interpose {
namespace {

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

}  // namespace

bool is_collective(std::string_view role) {
  return std::ranges::find(collectives_without_wait, role) != collectives_without_wait.end();
}

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

}  // namespace foundation::interpose
