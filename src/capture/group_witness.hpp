#pragma once

#include <sys/types.h>

namespace foundation::capture {

/// Tells signals meant for a whole process group from those meant for this process alone. A
/// program and its wrapper are in one group, as a shell or mpirun expects: what is sent to the
/// group reaches the program without the wrapper, what is sent to the wrapper must be passed on,
/// and a program that gets the same signal twice may well behave differently. The kernel tells the
/// receiver of a signal nothing about this. So there is a process in the group that does nothing
/// but leave signals pending: it has those of the group, and no others.
///
/// Local, one thread. Without a process to be had every signal counts as meant for this one.
class GroupWitness {
 public:
  GroupWitness() { start(); }
  GroupWitness(const GroupWitness&) = delete;
  GroupWitness& operator=(const GroupWitness&) = delete;
  ~GroupWitness() { stop(); }

  /// Was the signal that this process has just got sent to its group?
  [[nodiscard]] bool saw(int signal);

 private:
  void start();
  void stop() noexcept;
  pid_t process_ = -1;
};

}  // namespace foundation::capture
