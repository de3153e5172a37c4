#include <algorithm>
#include <atomic>
#include <mutex>

#include "interpose/hooks.hpp"

// Ids of communicators, found by the number of their handle. Those whose number is too large have
// the id 0: unknown.
namespace foundation::interpose {
namespace {

constexpr std::uint32_t world_id = 1;
constexpr std::uint32_t self_id = 2;
constexpr std::uint32_t parents_counted = 1 << 16;
constexpr int ranks_in_a_part = 4096;

std::atomic<std::uint32_t> ids[numbers_limit];  ///< by number_of(); 0: not seen yet
std::uint32_t creations[parents_counted];       ///< by parent's id, under the mutex
std::uint32_t next_id = self_id + 1;            ///< under the mutex
MPI_Group world{};
std::mutex mutex;

/// Ranks in MPI_COMM_WORLD of a group's members: -1 where they are of another world.
int translate(MPI_Group group, int size, std::int32_t* members) noexcept {
  int ranks[ranks_in_a_part];
  int translated[ranks_in_a_part];
  for (int begin = 0; begin < size; begin += ranks_in_a_part) {
    const int count = std::min(ranks_in_a_part, size - begin);
    for (int i = 0; i < count; ++i) ranks[i] = begin + i;
    if (library.translate_ranks(group, count, ranks, world, translated) != MPI_SUCCESS) return 0;
    for (int i = 0; i < count; ++i)
      members[begin + i] = translated[i] == MPI_UNDEFINED ? -1 : translated[i];
  }
  return size;
}

int members_of(MPI_Comm comm, std::int32_t* members, int room, bool remote) noexcept {
  MPI_Group group{};
  int size = 0;
  (remote ? library.comm_remote_size : library.comm_size)(comm, &size);
  if (size > room ||
      (remote ? library.comm_remote_group : library.comm_group)(comm, &group) != MPI_SUCCESS)
    return 0;
  const int count = translate(group, size, members);
  library.group_free(&group);
  return count;
}

void define_communicator(std::uint32_t id, std::uint32_t parent, std::uint32_t creation,
                         MPI_Comm comm) noexcept {
  int inter = 0;
  int rank = -1;
  int size = 0;
  int remote_size = 0;
  library.comm_test_inter(comm, &inter);
  library.comm_rank(comm, &rank);
  library.comm_size(comm, &size);
  if (inter != 0) library.comm_remote_size(comm, &remote_size);
  const std::size_t bytes = static_cast<std::size_t>(size + remote_size) * sizeof(std::int32_t);
  auto* const members = static_cast<std::int32_t*>(thread_memory(0, bytes));
  trace::CommunicatorDefinition definition{.communicator = id,
                                           .parent = parent,
                                           .creation = creation,
                                           .rank = rank,
                                           .members = 0,
                                           .remote_members = 0};
  if (members != nullptr) {
    definition.members = static_cast<std::uint32_t>(members_of(comm, members, size, false));
    if (inter != 0)
      definition.remote_members = static_cast<std::uint32_t>(
          members_of(comm, members + definition.members, remote_size, true));
  }
  const std::uint32_t count = definition.members + definition.remote_members;
  trace::define(trace::DefinitionType::communicator, &definition, sizeof definition, members,
                static_cast<std::uint32_t>(count * sizeof(std::int32_t)));
}

/// Place in the table of ids, or nullptr for a handle beyond it.
std::atomic<std::uint32_t>* place_of(MPI_Comm comm) noexcept {
  const std::size_t number = number_of(comm);
  return number < numbers_limit ? &ids[number] : nullptr;
}

std::uint32_t give_id(MPI_Comm comm, std::uint32_t parent, std::uint32_t creation) noexcept {
  std::uint32_t id = comm == constants.world ? world_id : comm == constants.self ? self_id : 0;
  std::atomic<std::uint32_t>* const place = place_of(comm);
  if (place == nullptr) return 0;
  {
    const std::lock_guard lock{mutex};
    if (const std::uint32_t known = place->load(std::memory_order_relaxed); known != 0)
      return known;
    if (id == 0) id = next_id++;
    place->store(id, std::memory_order_release);
  }
  define_communicator(id, parent, creation, comm);
  return id;
}

}  // namespace

std::uint32_t id_of(MPI_Comm comm) noexcept {
  if (comm == constants.world) return world_id;
  if (comm == constants.no_communicator) return 0;
  const std::atomic<std::uint32_t>* const place = place_of(comm);
  const std::uint32_t id = place == nullptr ? 0 : place->load(std::memory_order_acquire);
  return id != 0 ? id : give_id(comm, 0, 0);
}

void forget(MPI_Comm comm) noexcept {
  std::atomic<std::uint32_t>* const place =
      comm == constants.no_communicator ? nullptr : place_of(comm);
  if (place != nullptr) place->store(0, std::memory_order_release);
}

std::uint32_t created(std::uint32_t parent, MPI_Comm comm) noexcept {
  std::uint32_t creation = 0;
  {
    const std::lock_guard lock{mutex};
    if (parent < parents_counted) creation = ++creations[parent];
  }
  return comm == constants.no_communicator ? 0 : give_id(comm, parent, creation);
}

void named(int mpi_code, MPI_Comm comm, const char* name) noexcept {
  if (mpi_code == MPI_SUCCESS && name != nullptr)
    trace::define_text(trace::TextKind::communicator_name, id_of(comm), name);
}

bool is_root(int root, MPI_Comm comm) noexcept {
  if (root == MPI_ROOT) return true;
  int rank = -1;
  library.comm_rank(comm, &rank);
  return rank == root;
}

void define_first_communicators() noexcept {
  library.comm_group(constants.world, &world);
  static_cast<void>(give_id(constants.world, 0, 0));
  static_cast<void>(give_id(constants.self, 0, 0));
}

}  // namespace foundation::interpose
