#pragma once

#include <atomic>
#include <cstdint>
#include <cstring>

#include <mpi.h>

#include "interpose/handles.hpp"
#include "trace/recorder.hpp"

/// What the wrappers of MPI functions are made of. They run inside somebody else's program: no
/// exception, no output, no call that may wait for another rank.
#define FOUNDATION_EXPORT __attribute__((visibility("default")))

namespace foundation::interpose {

using trace::Event;
using trace::EventKind;
using trace::RegionRole;
namespace event_class = trace::event_class;

using Bits = std::uint64_t;  ///< of a handle, as they are

// --- the functions behind the wrappers -----------------------------------------------------------

/// Looks all of them up. Wrappers of MPI_X go on to the next MPI_X, so that other tools see it,
/// those of PMPI_X to the next PMPI_X: Fortran's bindings come in there, in all their manglings.
void resolve_all() noexcept;
[[nodiscard]] void* find_function(const char* name) noexcept;
/// Data of the library. The program may hold them itself (copy relocation): its own come first.
[[nodiscard]] void* find_data(const char* name) noexcept;

template <class Function>
void resolve(Function& function, const char* name) noexcept {
  function = reinterpret_cast<Function>(find_function(name));
}

/// Functions of the library that the hooks themselves call; none of them is traced.
struct Library {
  decltype(&PMPI_Type_size) type_size = nullptr;
  decltype(&PMPI_Get_count) get_count = nullptr;
  decltype(&PMPI_Get_elements_x) get_elements_x = nullptr;
  decltype(&PMPI_Test_cancelled) test_cancelled = nullptr;
  decltype(&PMPI_Comm_rank) comm_rank = nullptr;
  decltype(&PMPI_Comm_size) comm_size = nullptr;
  decltype(&PMPI_Comm_test_inter) comm_test_inter = nullptr;
  decltype(&PMPI_Comm_remote_size) comm_remote_size = nullptr;
  decltype(&PMPI_Comm_group) comm_group = nullptr;
  decltype(&PMPI_Comm_remote_group) comm_remote_group = nullptr;
  decltype(&PMPI_Group_translate_ranks) translate_ranks = nullptr;
  decltype(&PMPI_Group_free) group_free = nullptr;
  decltype(&PMPI_Get_library_version) get_library_version = nullptr;
};
extern Library library;

// --- regions -------------------------------------------------------------------------------------

/// Defines the traced functions in the order of their ids, from 1. The recorder must be new.
void define_regions() noexcept;
void define_function(RegionRole role, const char* name) noexcept;

void resolve_library() noexcept;
void initialized() noexcept;  ///< MPI is up: rank, library and MPI_COMM_WORLD are known
void finalized() noexcept;

// --- communicators -------------------------------------------------------------------------------

/// Id of a communicator in this process; defines those that were not seen before.
[[nodiscard]] std::uint32_t id_of(MPI_Comm comm) noexcept;
/// The next id of this handle is another communicator's.
void forget(MPI_Comm comm) noexcept;
/// A communicator came out of `parent`. No communicator is nobody's, but counts as a creation.
std::uint32_t created(std::uint32_t parent, MPI_Comm comm) noexcept;
/// A communicator has a name from now on, nobody's if MPI refused it.
void named(int mpi_code, MPI_Comm comm, const char* name) noexcept;
[[nodiscard]] bool is_root(int root, MPI_Comm comm) noexcept;

// --- arguments -----------------------------------------------------------------------------------

template <class Handle>
[[nodiscard]] Bits bits_of(const Handle& handle) noexcept {
  Bits bits = 0;
  static_assert(sizeof handle <= sizeof bits);
  std::memcpy(&bits, &handle, sizeof handle);
  return bits;
}

[[nodiscard]] inline std::uint64_t bytes_of(MPI_Count count, MPI_Datatype type) noexcept {
  int size = 0;
  if (count <= 0 || type == constants.no_type) return 0;
  library.type_size(type, &size);
  return static_cast<std::uint64_t>(count) * static_cast<std::uint64_t>(size < 0 ? 0 : size);
}
/// How many ranks a collective's counts are for: those of the other side, if it has two.
[[nodiscard]] int counts_of(MPI_Comm comm) noexcept;
template <class Count>
[[nodiscard]] std::uint64_t sum_of(const Count counts[], MPI_Datatype type,
                                   MPI_Comm comm) noexcept {
  std::uint64_t sum = 0;
  for (int i = counts_of(comm); i > 0; --i)
    if (counts[i - 1] > 0) sum += static_cast<std::uint64_t>(counts[i - 1]);
  return sum * bytes_of(1, type);
}

[[nodiscard]] inline std::int32_t peer_of(int rank) noexcept {
  return rank == MPI_PROC_NULL ? -1 : rank == MPI_ANY_SOURCE ? -2 : rank;
}
[[nodiscard]] inline std::int32_t tag_of(int tag) noexcept { return tag == MPI_ANY_TAG ? -1 : tag; }

/// A place for the status where the caller wants none: the sender of a message is needed.
class OwnStatus {
 public:
  explicit OwnStatus(MPI_Status*& status) noexcept {
    if (status == MPI_STATUS_IGNORE) status = &own_;
  }

 private:
  MPI_Status own_;
};

/// Memory that grows as needed and is the thread's own; nullptr if there is no more.
[[nodiscard]] void* thread_memory(int which, std::size_t bytes) noexcept;

/// The same for many statuses. Without memory the caller's wish stands.
class OwnStatuses {
 public:
  OwnStatuses(int count, MPI_Status*& statuses) noexcept {
    if (statuses != MPI_STATUSES_IGNORE || count <= 0) return;
    void* const place = thread_memory(0, static_cast<std::size_t>(count) * sizeof(MPI_Status));
    if (place != nullptr) statuses = static_cast<MPI_Status*>(place);
  }
};

/// Requests as they were before a call that clears them.
class Requests {
 public:
  Requests(int count, const MPI_Request requests[]) noexcept : count_{count < 0 ? 0 : count} {
    const std::size_t bytes = static_cast<std::size_t>(count_) * sizeof(MPI_Request);
    if (count_ > 0) requests_ = static_cast<MPI_Request*>(thread_memory(1, bytes));
    if (requests_ == nullptr) count_ = 0;
    if (count_ > 0) std::memcpy(requests_, requests, bytes);
  }
  [[nodiscard]] int count() const noexcept { return count_; }
  [[nodiscard]] Bits operator[](int index) const noexcept {
    return index < count_ && requests_[index] != constants.no_request ? bits_of(requests_[index])
                                                                      : 0;
  }

 private:
  int count_;
  MPI_Request* requests_ = nullptr;
};

// --- calls ---------------------------------------------------------------------------------------

/// One traced call. MPI functions that the call itself makes are not the program's.
class Call {
 public:
  /// Whether this thread is in a traced call already.
  [[nodiscard]] static bool is_inside() noexcept { return inside_; }
  template <class Region>
  explicit Call(Region region) noexcept : region_{static_cast<std::uint16_t>(region)} {}
  ~Call() { inside_ = false; }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  void enter() noexcept { begin({.ticks = trace::now(), .region = region_}); }
  void enter(int peer, int tag, MPI_Comm comm, std::uint64_t bytes) noexcept {
    inside_ = true;
    trace::record(
        {trace::now(), EventKind::enter, region_, peer_of(peer), tag_of(tag), id_of(comm), bytes});
  }
  void enter_for(std::uint32_t communicator) noexcept {
    begin({.ticks = trace::now(), .region = region_, .communicator = communicator});
  }
  void enter_matched(MPI_Message message) noexcept {
    begin({.ticks = trace::now(), .region = region_, .value = bits_of(message)});
  }

  void enter_for_request(MPI_Request request) noexcept {
    begin({.ticks = trace::now(), .region = region_, .value = bits_of(request)});
  }

  void leave() noexcept { end({}); }
  void leave_with(MPI_Request request) noexcept { end({.value = bits_of(request)}); }
  void leave(const MPI_Status& status, MPI_Comm comm) noexcept {
    end({.peer = peer_of(status.MPI_SOURCE),
         .tag = tag_of(status.MPI_TAG),
         .communicator = id_of(comm),
         .value = received(status)});
  }
  void leave(const MPI_Status& status) noexcept {
    end({.peer = peer_of(status.MPI_SOURCE),
         .tag = tag_of(status.MPI_TAG),
         .value = received(status)});
  }
  void leave_probe(bool found, const MPI_Status& status, MPI_Comm comm, Bits message) noexcept {
    if (!found) return end({.peer = -2});
    end({.peer = peer_of(status.MPI_SOURCE),
         .tag = tag_of(status.MPI_TAG),
         .communicator = id_of(comm),
         .value = message});
  }
  void leave_created(std::uint32_t parent, MPI_Comm comm,
                     MPI_Request request = constants.no_request) noexcept {
    const Bits bits = request == constants.no_request ? 0 : bits_of(request);
    end({.communicator = created(parent, comm), .value = bits});
  }

  void start(MPI_Request request) noexcept { inside(EventKind::start, bits_of(request)); }
  void start_all(int count, const MPI_Request requests[]) noexcept {
    for (int i = 0; i < count; ++i) start(requests[i]);
  }
  /// The program cancels requests: from now on, those that are complete are asked whether they
  /// were cancelled.
  static void expect_cancelled() noexcept { cancels_.store(true, std::memory_order_relaxed); }
  void cancel(Bits request) noexcept { inside(EventKind::cancel, request); }
  void complete(Bits request, const MPI_Status& status) noexcept;
  void complete_all(const Requests& requests, const MPI_Status statuses[]) noexcept;
  void complete_some(const Requests& requests, int count, const int indices[],
                     const MPI_Status statuses[]) noexcept;

 private:
  [[nodiscard]] static std::uint64_t received(const MPI_Status& status) noexcept {
    int bytes = 0;
    library.get_count(&status, constants.byte, &bytes);
    return bytes < 0 ? received_many(status) : static_cast<std::uint64_t>(bytes);
  }
  /// More than an int can count.
  [[nodiscard]] static std::uint64_t received_many(const MPI_Status& status) noexcept;
  static void begin(const Event& event) noexcept {
    inside_ = true;
    trace::record(event);
  }
  void end(Event event) const noexcept {
    event.ticks = trace::now();
    event.kind = EventKind::leave;
    event.region = region_;
    trace::record(event);
  }
  void inside(EventKind kind, Bits value) const noexcept {
    trace::record({.ticks = trace::now(), .kind = kind, .region = region_, .value = value});
  }

  static std::atomic<bool> cancels_;
  static constinit thread_local bool inside_ __attribute__((tls_model("initial-exec")));
  std::uint16_t region_;
};

}  // namespace foundation::interpose
