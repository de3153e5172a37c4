#pragma once

#include <map>
#include <optional>
#include <string>
#include <vector>
#include <sys/types.h>

/// The keeper's side of children: single-threaded, without MPI. Nothing throws past start-up.
namespace foundation::runtime {

/// Where a child finds the connection to whom it works for; its other descriptors lead nowhere.
inline constexpr int channel_descriptor = 3;

/// Starts this executable as a child of the calling process, which ends with it: no shell, without
/// the launcher's environment, in a process group of its own. `channel` (or -1) is open in it as
/// channel_descriptor. -1 if there is no process to be had.
[[nodiscard]] pid_t start_child(const std::vector<std::string>& arguments, int channel);

/// Children that are owed a report of how they ended, each through a socket of its own.
class ReportedChildren {
 public:
  /// Starts one; both descriptors are the callee's to close.
  void start(const std::vector<std::string>& arguments, int channel, int report);
  /// False: it is none of these.
  bool ended(pid_t child, int status);
  void kill_all() const noexcept;
  /// Those that have not ended.
  [[nodiscard]] std::vector<pid_t> alive() const;
  [[nodiscard]] bool were_any() const noexcept { return were_any_; }

 private:
  std::map<pid_t, int> reports_;
  bool were_any_ = false;
};

}  // namespace foundation::runtime
