#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "core/time.hpp"
#include "journal/posix_folder.hpp"
#include "runtime/cell_marks.hpp"

namespace foundation::runtime {

/// The working process's side of its keeper: a small, single-threaded parent without MPI, which
/// starts child processes on request, since a process with MPI and threads must not fork.
///
/// The keeper passes signals on, ends as its child ends (same exit status, same signal), and
/// adopts and reaps whatever the child leaves behind. If the keeper dies, the child dies with it.
///
/// Under our launcher (runtime/launch_mark.hpp) it ends with status 0 however the child ended,
/// after removing the shared memory that a killed rank leaves, and ends the child when its own
/// parent, the process manager, is gone.
class Keeper {
 public:
  /// Splits this process in two. Returns in the child, which goes on as the working process; the
  /// parent becomes its keeper and never returns. Call it before MPI and before any thread.
  /// Throws core::Error{infrastructure} if there is no process to be had.
  [[nodiscard]] static Keeper split();

  Keeper(Keeper&& other) noexcept;
  Keeper& operator=(Keeper&&) = delete;
  ~Keeper();

  /// Runs this executable with `arguments` as a child of the keeper: no shell, without the
  /// launcher's environment, input from /dev/null, output dropped, errors on stderr. One at a
  /// time: not before `finished` has told about the last.
  void start(const std::vector<std::string>& arguments);
  /// Exit status of the last child started, once it has ended (128 + signal if it was killed).
  [[nodiscard]] std::optional<int> finished();
  /// Like `finished`, waiting for it at most this long.
  [[nodiscard]] std::optional<int> wait_finished(core::Duration limit);

  /// A child with a connection to whom it works for. Both ends show the end of the file when it
  /// has ended.
  struct Evaluation {
    core::Descriptor channel;  ///< a stream socket; the child's end is channel_descriptor
    core::Descriptor report;   ///< another: brings its wait(2) status, once it has ended
  };
  /// Runs this executable like `start`, as many at a time as wanted, from any thread. They do not
  /// outlive the working process. Throws core::Error{io}.
  [[nodiscard]] Evaluation start_evaluation(const std::vector<std::string>& arguments) const;

  /// What this process is at, for the keeper to know when it has ended.
  [[nodiscard]] CellMarks& marks() const noexcept { return *marks_; }

 private:
  Keeper(int socket, std::unique_ptr<CellMarks> marks) noexcept
      : socket_{socket}, marks_{std::move(marks)} {}
  int socket_ = -1;
  std::unique_ptr<CellMarks> marks_;
};

}  // namespace foundation::runtime
