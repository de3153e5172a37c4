#pragma once

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "core/time.hpp"
#include "journal/disk.hpp"
#include "journal/posix_folder.hpp"

namespace foundation::journal {

/// The thread that waits for the disk so that nobody else has to: performs WriteRequests one
/// after the other and hands back their outcomes. It decides nothing, except that it tries for some
/// seconds to write to a full disk, and that after the first error every later request fails with
/// the same errno: a descriptor is never synced again once that has failed, since Linux then calls
/// its lost pages clean.
class WriteThread {
 public:
  /// `folder` must outlive this object.
  explicit WriteThread(const PosixFolder& folder);
  /// Waits for the request in work; those not begun are dropped.
  ~WriteThread();
  WriteThread(const WriteThread&) = delete;
  WriteThread& operator=(const WriteThread&) = delete;

  void submit(WriteRequest request);
  /// Outcomes since the last call, in order.
  [[nodiscard]] std::vector<WriteDone> poll();
  /// Would poll() return something? One relaxed load.
  [[nodiscard]] bool ready() const noexcept { return ready_.load(std::memory_order_relaxed); }
  /// Waits until ready() or the time is over; returns ready().
  bool wait(core::Duration timeout);

 private:
  void run();
  WriteDone perform(WriteRequest request);
  int write(const WriteRequest& request);
  int write_when_space(const WriteRequest& request);
  int create(const std::string& name, const PosixFolder::Location& at);
  [[nodiscard]] int look_for(const std::string& fence, bool& found) const;

  const PosixFolder& folder_;
  std::string file_name_;  ///< the one file open, only used by the thread
  core::Descriptor file_;
  int error_ = 0;  ///< the first one

  std::mutex mutex_;
  std::condition_variable work_;
  std::condition_variable finished_;
  std::deque<WriteRequest> requests_;
  std::vector<WriteDone> outcomes_;
  bool stop_ = false;
  std::atomic<bool> ready_{false};
  std::thread thread_;
};

}  // namespace foundation::journal
