#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

/// The only module that includes <mpi.h>, and only in its sources.
namespace foundation::messaging {

/// What the environment says about how this process was started.
struct Launch {
  bool under_mpi = false;  ///< an MPI launcher with process management started us
  int expected_ranks = 1;  ///< as the launcher's variables say
  int rank = 0;            ///< likewise
  std::string launcher;    ///< "mpirun", "srun", or empty
};
[[nodiscard]] Launch detect_launch();

/// MPI from MPI_Init_thread(SERIALIZED) to MPI_Finalize. One a process, made before any thread.
/// Where MPI runs already, it is used as it is and stays its owner's to finalise.
///
/// Constructor and destructor are **Collective**. Throws core::Error{infrastructure} when the
/// library gives less than MPI_THREAD_SERIALIZED, or when the launcher announced several ranks
/// but every process is alone (a wrong MPI start), with the remedy.
class Session {
 public:
  explicit Session(const Launch& launch);

  [[nodiscard]] int rank() const noexcept { return rank_; }
  [[nodiscard]] int size() const noexcept { return size_; }
  /// Ranks of this session on this node.
  [[nodiscard]] int ranks_on_node() const noexcept { return ranks_on_node_; }
  /// Ranks were lost: MPI_Finalize would wait for them. It will not be called; the process must
  /// end without exit handlers (core::forbid_exit_handlers, which this does).
  void abandon() noexcept;
  /// Sends rank 0's bytes to all. **Collective**, start-up only. Up to 2^40 bytes, in parts.
  void broadcast(std::vector<std::byte>& bytes) const;
  /// The bytes of every rank, by rank, on rank 0; nothing elsewhere. **Collective**, start-up only.
  /// Up to 2^31 bytes in all.
  [[nodiscard]] std::vector<std::vector<std::byte>> gather(std::span<const std::byte> bytes) const;

  /// "Open MPI 4.1.4, MPI 3.1". Local; works without a session.
  [[nodiscard]] static std::string library_version();

 private:
  struct Finalizer {
    Finalizer() = default;
    Finalizer(const Finalizer&) = delete;
    Finalizer& operator=(const Finalizer&) = delete;
    ~Finalizer();
    bool wanted = true;
  };
  std::unique_ptr<Finalizer> finalizer_;  ///< none if MPI was running before
  int rank_ = 0;
  int size_ = 1;
  int ranks_on_node_ = 1;
};

}  // namespace foundation::messaging
