#include "messaging/session.hpp"

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <numeric>

#include <mpi.h>

#include "core/process_end.hpp"
#include "messaging/detail/check.hpp"

namespace foundation::messaging {

using detail::check;

namespace {

int integer_variable(const char* name, int otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::atoi(text);
}

}  // namespace

Launch detect_launch() {
  Launch launch;
  if (std::getenv("OMPI_COMM_WORLD_SIZE") != nullptr) {
    launch = {true, integer_variable("OMPI_COMM_WORLD_SIZE", 1),
              integer_variable("OMPI_COMM_WORLD_RANK", 0), "mpirun"};
  } else if (std::getenv("PMIX_RANK") != nullptr || std::getenv("PMI_RANK") != nullptr) {
    launch = {true, integer_variable("SLURM_STEP_NUM_TASKS", integer_variable("PMI_SIZE", 1)),
              integer_variable("PMIX_RANK", integer_variable("PMI_RANK", 0)),
              std::getenv("SLURM_PROCID") != nullptr ? "srun" : "a process manager"};
  } else if (std::getenv("SLURM_STEP_ID") != nullptr && std::getenv("SLURM_PROCID") != nullptr) {
    launch = {false, integer_variable("SLURM_STEP_NUM_TASKS", 1),
              integer_variable("SLURM_PROCID", 0), "srun"};
  }
  return launch;
}

Session::Session(const Launch& launch) {
  int running = 0;
  check(MPI_Initialized(&running), "MPI_Initialized");
  int provided = MPI_THREAD_SINGLE;
  if (running != 0) {
    check(MPI_Query_thread(&provided), "MPI_Query_thread");
  } else {
    check(MPI_Init_thread(nullptr, nullptr, MPI_THREAD_SERIALIZED, &provided), "MPI_Init_thread");
    finalizer_ = std::make_unique<Finalizer>();
  }
  if (provided < MPI_THREAD_SERIALIZED)
    throw core::Error{core::ErrorKind::infrastructure,
                      "this MPI library does not allow calls from several threads, not even one "
                      "at a time (MPI_THREAD_SERIALIZED)",
                      "use an MPI built with thread support"};
  check(MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN), "MPI_Comm_set_errhandler");
  check(MPI_Comm_rank(MPI_COMM_WORLD, &rank_), "MPI_Comm_rank");
  check(MPI_Comm_size(MPI_COMM_WORLD, &size_), "MPI_Comm_size");
  MPI_Comm node = MPI_COMM_NULL;
  check(MPI_Comm_split_type(MPI_COMM_WORLD, MPI_COMM_TYPE_SHARED, rank_, MPI_INFO_NULL, &node),
        "MPI_Comm_split_type");
  check(MPI_Comm_size(node, &ranks_on_node_), "MPI_Comm_size");
  check(MPI_Comm_free(&node), "MPI_Comm_free");
  if (size_ == 1 && launch.expected_ranks > 1)
    throw core::Error{core::ErrorKind::infrastructure,
                      fmt::format("{} started {} processes, but MPI made each of them a world of "
                                  "its own",
                                  launch.launcher, launch.expected_ranks),
                      "mpirun and the program must use the same MPI library; under Slurm start it "
                      "with `srun --mpi=pmix`"};
}

Session::Finalizer::~Finalizer() {
  if (wanted) MPI_Finalize();
}

void Session::abandon() noexcept {
  if (finalizer_) finalizer_->wanted = false;
  core::forbid_exit_handlers();
}

void Session::broadcast(std::vector<std::byte>& bytes) const {
  std::uint64_t size = bytes.size();
  check(MPI_Bcast(&size, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD), "MPI_Bcast");
  bytes.resize(size);
  constexpr std::uint64_t part_limit = std::uint64_t{1} << 30;  // MPI counts are int
  for (std::uint64_t sent = 0; sent < size;) {
    const std::uint64_t part = std::min(size - sent, part_limit);
    check(MPI_Bcast(bytes.data() + sent, static_cast<int>(part), MPI_BYTE, 0, MPI_COMM_WORLD),
          "MPI_Bcast");
    sent += part;
  }
}

std::vector<std::vector<std::byte>> Session::gather(std::span<const std::byte> bytes) const {
  const int own = static_cast<int>(bytes.size());
  std::vector<int> sizes(rank_ == 0 ? static_cast<std::size_t>(size_) : 0);
  check(MPI_Gather(&own, 1, MPI_INT, sizes.data(), 1, MPI_INT, 0, MPI_COMM_WORLD), "MPI_Gather");
  std::vector<int> starts(sizes.size(), 0);
  if (!sizes.empty()) std::exclusive_scan(sizes.begin(), sizes.end(), starts.begin(), 0);
  std::vector<std::byte> all(
      sizes.empty() ? 0 : static_cast<std::size_t>(starts.back() + sizes.back()));
  check(MPI_Gatherv(bytes.data(), own, MPI_BYTE, all.data(), sizes.data(), starts.data(), MPI_BYTE,
                    0, MPI_COMM_WORLD),
        "MPI_Gatherv");
  std::vector<std::vector<std::byte>> parts;
  for (std::size_t rank = 0; rank < sizes.size(); ++rank) {
    const auto first = all.begin() + starts[rank];
    parts.emplace_back(first, first + sizes[rank]);
  }
  return parts;
}

std::string Session::library_version() {
  char text[MPI_MAX_LIBRARY_VERSION_STRING];
  int length = 0;
  MPI_Get_library_version(text, &length);
  int major = 0;
  int minor = 0;
  MPI_Get_version(&major, &minor);
  std::string library{text, static_cast<std::size_t>(length)};
  library = library.substr(0, library.find(','));
  return fmt::format("{}, MPI {}.{}", library, major, minor);
}

}  // namespace foundation::messaging
