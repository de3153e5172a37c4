#pragma once

#include <cstdint>

namespace foundation::trace {

/// What the small numbers in events mean. Definitions stand one behind the other in a part of the
/// file of their own, each padded with zeros to 8 bytes: rare, of any length, never overwritten.
enum class DefinitionType : std::uint16_t {
  region = 1,        ///< RegionDefinition, name, 0, file, 0
  communicator = 2,  ///< CommunicatorDefinition, then one rank of MPI_COMM_WORLD (i32) a member
  text = 3,          ///< TextDefinition, text, 0
};

struct DefinitionHeader {
  std::uint32_t bytes = 0;  ///< header and payload, without padding
  DefinitionType type = DefinitionType::region;
  std::uint16_t reserved = 0;
};
static_assert(sizeof(DefinitionHeader) == 8);

/// Ids below this are MPI functions, by the table of src/interpose.
inline constexpr std::uint16_t first_own_region = 1024;

struct RegionDefinition {
  std::uint16_t region = 0;
  std::uint16_t reserved = 0;
  std::uint32_t line = 0;
};
static_assert(sizeof(RegionDefinition) == 8);

/// A communicator as its process sees it. Which ids of different processes are the same one is
/// found when traces are merged: by parent, members and the number of the creation.
struct CommunicatorDefinition {
  std::uint32_t communicator = 0;  ///< id in this process; 0 world, 1 self
  std::uint32_t parent = 0;
  std::uint32_t creation = 0;  ///< n-th communicator made from this parent in this process
  std::int32_t rank = -1;      ///< of this process in it
  std::uint32_t members = 0;
  std::uint32_t reserved = 0;
};
static_assert(sizeof(CommunicatorDefinition) == 24);

enum class TextKind : std::uint32_t {
  command = 1,      ///< the program and its arguments
  mpi_library = 2,  ///< what MPI_Get_library_version says
  thread_name = 3,  ///< of stream `subject`
  note = 4,         ///< what went wrong while recording, for people
};

struct TextDefinition {
  TextKind kind = TextKind::note;
  std::uint32_t subject = 0;
};
static_assert(sizeof(TextDefinition) == 8);

}  // namespace foundation::trace
