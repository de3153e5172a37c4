#pragma once

#include <cstdint>

namespace foundation::trace {

/// What the small numbers in events mean. Definitions stand one behind the other in a part of the
/// file of their own, each padded with zeros to 8 bytes: rare, of any length, never overwritten.
enum class DefinitionType : std::uint16_t {
  region = 1,        ///< RegionDefinition, name, 0, file, 0, unit, 0 (version 1: no unit)
  communicator = 2,  ///< CommunicatorDefinition, then one rank of MPI_COMM_WORLD (i32) a member
  text = 3,          ///< TextDefinition, text, 0
};

struct DefinitionHeader {
  std::uint32_t bytes = 0;  ///< header and payload, without padding
  DefinitionType type = DefinitionType::region;
  std::uint16_t reserved = 0;
};
static_assert(sizeof(DefinitionHeader) == 8);

/// What a region does, and so what its events carry. Part of the file format: never renumber.
///
/// "message": peer, tag, communicator, and the bytes as `value`. "request": its handle's bits as
/// `value`, unique from here to the `complete` event. Ranks are those of the communicator; -1 is
/// MPI_PROC_NULL, -2 MPI_ANY_SOURCE; the tag -1 is MPI_ANY_TAG. Leave events of `other`,
/// `communicator`, `one_sided` and `file` carry a request if the call began one (else 0).
enum class RegionRole : std::uint16_t {
  program = 0,            ///< the program's own
  other = 1,              ///< MPI, without a message
  send = 2,               ///< enter: message
  synchronous_send = 3,   ///< enter: message; ends when the receiver has begun
  receive = 4,            ///< enter: peer, tag and communicator asked for; leave: message
  send_receive = 5,       ///< enter: the message sent; leave: the one received
  start_send = 6,         ///< enter: message; leave: request
  start_synchronous = 7,  ///< likewise
  start_receive = 8,      ///< enter: peer, tag and communicator asked for; leave: request
  prepare_send = 9,       ///< of a persistent request; otherwise as start_send
  prepare_receive = 10,   ///< likewise
  start = 11,             ///< `start` events inside
  wait = 12,              ///< `complete` events inside
  test = 13,              ///< likewise; does not wait
  probe = 14,             ///< enter: peer, tag and communicator asked for; leave: message
  barrier = 15,           ///< enter of every collective: communicator, root as peer, bytes given
  all_to_all = 16,        ///< everybody waits for everybody: allreduce, alltoall, allgather, ...
  one_to_all = 17,        ///< bcast, scatter
  all_to_one = 18,        ///< reduce, gather
  prefix = 19,            ///< scan, exscan
  start_collective = 20,  ///< enter as a collective; leave: request
  communicator = 21,      ///< makes one: enter: its parent; leave: the new one
  one_sided = 22,
  file = 23,
  initialize = 24,
  finalize = 25,
  probe_matched = 26,          ///< as probe; the leave's `value` names the message taken
  receive_matched = 27,        ///< enter: `value` names the message; leave: message
  start_receive_matched = 28,  ///< enter: likewise; leave: request
  counter = 29,                ///< the program's own; `counter` events, no enter and leave
  mark = 30,                   ///< the program's own; `mark` events, no enter and leave
  partition = 31,              ///< parts of a persistent request are given, or asked for; enter: it
};

struct RegionDefinition {
  std::uint16_t region = 0;
  RegionRole role = RegionRole::program;
  std::uint32_t line = 0;
};
static_assert(sizeof(RegionDefinition) == 8);

/// A communicator as its process sees it. Which ids of different processes are the same one is
/// found when traces are merged: by parent, members and the number of the creation.
struct CommunicatorDefinition {
  std::uint32_t communicator = 0;  ///< id in this process; 0 unknown, 1 world, 2 self
  std::uint32_t parent = 0;
  std::uint32_t creation = 0;  ///< n-th communicator made from this parent in this process
  std::int32_t rank = -1;      ///< of this process in it
  std::uint32_t members = 0;
  std::uint32_t remote_members = 0;  ///< of an inter-communicator; they come behind the members
};
static_assert(sizeof(CommunicatorDefinition) == 24);

enum class TextKind : std::uint32_t {
  command = 1,            ///< the program and its arguments
  mpi_library = 2,        ///< what MPI_Get_library_version says
  thread_name = 3,        ///< of stream `subject`
  note = 4,               ///< what went wrong while recording, for people
  communicator_name = 5,  ///< of communicator `subject`, as MPI_Comm_set_name gave it
};

struct TextDefinition {
  TextKind kind = TextKind::note;
  std::uint32_t subject = 0;
};
static_assert(sizeof(TextDefinition) == 8);

}  // namespace foundation::trace
