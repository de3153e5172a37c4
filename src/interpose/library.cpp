#include <atomic>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <dlfcn.h>

#include <link.h>

#include "interpose/hooks.hpp"

// The preloaded library itself: what it does when it is loaded, and where MPI is.
namespace foundation::interpose {

Library library;
void define_first_communicators() noexcept;

namespace {

constexpr std::string_view mpi_library_name = "libmpi.so";
std::atomic<bool> uses_mpi{false};

/// Path of the MPI library among those that are loaded. It may have come by dlopen, as in Python:
/// then it is not among the libraries that RTLD_NEXT searches.
int find_mpi(dl_phdr_info* info, std::size_t /*size*/, void* found) {
  if (std::strstr(info->dlpi_name, mpi_library_name.data()) == nullptr) return 0;
  *static_cast<const char**>(found) = info->dlpi_name;
  return 1;
}

void* mpi_handle() noexcept {
  static void* handle = nullptr;
  if (handle != nullptr) return handle;
  const char* path = nullptr;
  dl_iterate_phdr(find_mpi, &path);
  if (path != nullptr) handle = dlopen(path, RTLD_LAZY | RTLD_NOLOAD);
  return handle;
}

std::uint64_t number_from(const char* variable, std::uint64_t otherwise, int base) noexcept {
  const char* const text = secure_getenv(variable);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, base);
}

/// Programs that this one starts find the environment as if there were no recorder.
void restore_environment() noexcept {
  const char* const preload = std::getenv("FOUNDATION_TRACE_PRELOAD");
  if (preload != nullptr && *preload != '\0') {
    setenv("LD_PRELOAD", preload, 1);
  } else {
    unsetenv("LD_PRELOAD");
  }
  for (const char* variable : {"FOUNDATION_TRACE_PRELOAD", "FOUNDATION_TRACE_FILE",
                               "FOUNDATION_TRACE_ID", "FOUNDATION_TRACE_STREAM_BYTES",
                               "FOUNDATION_TRACE_KEEP_NEWEST", "FOUNDATION_TRACE_CONTROL"})
    unsetenv(variable);
}

/// Without a file to write to, the wrappers hand everything on.
__attribute__((constructor)) void start() {
  const char* const path = secure_getenv("FOUNDATION_TRACE_FILE");
  if (path == nullptr) return;
  trace::RecorderOptions options;
  options.path = path;
  options.trace_id = number_from("FOUNDATION_TRACE_ID", 0, 16);
  options.stream_bytes = number_from("FOUNDATION_TRACE_STREAM_BYTES", options.stream_bytes, 10);
  options.control = static_cast<std::uint32_t>(
      number_from("FOUNDATION_TRACE_CONTROL", trace::event_class::all, 16));
  if (number_from("FOUNDATION_TRACE_KEEP_NEWEST", 0, 10) != 0)
    options.full_policy = trace::FullPolicy::keep_newest;
  const bool recording = trace::open_recorder(options) == nullptr;
  restore_environment();
  if (recording) define_regions();
}

/// MPI_Finalize says that a program is done; one that never came to MPI_Init says so by its exit.
__attribute__((destructor)) void stop() {
  if (!uses_mpi) trace::close_recorder();
}

}  // namespace

void* find_function(const char* name) noexcept {
  if (void* const next = dlsym(RTLD_NEXT, name); next != nullptr) return next;
  return mpi_handle() == nullptr ? nullptr : dlsym(mpi_handle(), name);
}

void* find_data(const char* name) noexcept {
  void* const own = dlsym(RTLD_DEFAULT, name);
  return own != nullptr || mpi_handle() == nullptr ? own : dlsym(mpi_handle(), name);
}

void resolve_library() noexcept {
  resolve_handles();
  resolve(library.type_size, "PMPI_Type_size");
  resolve(library.get_count, "PMPI_Get_count");
  resolve(library.get_elements_x, "PMPI_Get_elements_x");
  resolve(library.test_cancelled, "PMPI_Test_cancelled");
  resolve(library.comm_rank, "PMPI_Comm_rank");
  resolve(library.comm_size, "PMPI_Comm_size");
  resolve(library.comm_test_inter, "PMPI_Comm_test_inter");
  resolve(library.comm_remote_size, "PMPI_Comm_remote_size");
  resolve(library.comm_group, "PMPI_Comm_group");
  resolve(library.comm_remote_group, "PMPI_Comm_remote_group");
  resolve(library.translate_ranks, "PMPI_Group_translate_ranks");
  resolve(library.group_free, "PMPI_Group_free");
  resolve(library.get_library_version, "PMPI_Get_library_version");
}

void initialized() noexcept {
  uses_mpi.store(true, std::memory_order_relaxed);
  int rank = -1;
  int ranks = 0;
  library.comm_rank(constants.world, &rank);
  library.comm_size(constants.world, &ranks);
  trace::set_rank(rank, ranks);
  define_first_communicators();
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  library.get_library_version(text, &length);
  trace::define_text(trace::TextKind::mpi_library, 0, text);
}

void finalized() noexcept { trace::close_recorder(); }

}  // namespace foundation::interpose
