#include "journal/write_thread.hpp"

#include <cerrno>
#include <utility>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <unistd.h>

#include "foundation/trace.hpp"

namespace foundation::journal {
namespace {

// A view that is just being made may hold the last space of the disk: it goes away when it does
// not fit. Somebody may also make room.
constexpr core::Duration space_patience = std::chrono::seconds{5};
constexpr core::Duration space_pause = std::chrono::milliseconds{10};

bool is_want_of_space(int error) noexcept { return error == ENOSPC || error == EDQUOT; }

/// Starts a thread that receives no signals: those are for the threads that expect them.
template <class Function>
std::thread start_without_signals(Function function) {
  sigset_t all;
  sigset_t before;
  ::sigfillset(&all);
  ::pthread_sigmask(SIG_SETMASK, &all, &before);
  std::thread thread{std::move(function)};
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace

WriteThread::WriteThread(const PosixFolder& folder)
    : folder_{folder}, thread_{start_without_signals([this] { run(); })} {}

WriteThread::~WriteThread() {
  {
    const std::lock_guard lock{mutex_};
    stop_ = true;
  }
  work_.notify_one();
  thread_.join();
}

void WriteThread::submit(WriteRequest request) {
  {
    const std::lock_guard lock{mutex_};
    requests_.push_back(std::move(request));
  }
  work_.notify_one();
}

std::vector<WriteDone> WriteThread::poll() {
  const std::lock_guard lock{mutex_};
  ready_.store(false, std::memory_order_relaxed);
  return std::exchange(outcomes_, {});
}

bool WriteThread::wait(core::Duration timeout) {
  std::unique_lock lock{mutex_};
  return finished_.wait_for(lock, timeout, [this] { return !outcomes_.empty(); });
}

void WriteThread::run() {
  std::unique_lock lock{mutex_};
  while (true) {
    work_.wait(lock, [this] { return stop_ || !requests_.empty(); });
    if (stop_) return;
    WriteRequest request = std::move(requests_.front());
    requests_.pop_front();
    lock.unlock();
    WriteDone outcome = perform(std::move(request));
    lock.lock();
    outcomes_.push_back(std::move(outcome));
    ready_.store(true, std::memory_order_relaxed);
    finished_.notify_all();
  }
}

WriteDone WriteThread::perform(WriteRequest request) {
  FOUNDATION_TRACE_SCOPE("journal commit");
  static trace::Counter bytes{"journal commit", "B"};
  bytes.set(static_cast<double>(request.bytes.size()));
  WriteDone outcome{.ticket = request.ticket};
  if (error_ == 0) error_ = write(request);
  if (error_ == 0 && !request.fence.empty()) error_ = look_for(request.fence, outcome.fenced);
  outcome.error_number = error_;
  outcome.buffer = std::move(request.bytes);
  return outcome;
}

/// 0 or errno, as all of these.
int WriteThread::write(const WriteRequest& request) {
  PosixFolder::Location at;
  if (request.create) {
    at = folder_.locate(request.file);
    if (at.error != 0) return at.error;
    if (const int error = create(request.file, at)) return error;
  } else if (!file_ || request.file != file_name_) {
    return EBADF;  // a segment is never opened a second time
  }
  if (const int error = write_when_space(request)) return error;
  if (::fdatasync(file_.get()) != 0) return errno;
  if (request.create && ::fsync(at.folder.get()) != 0) return errno;
  return 0;
}

/// Unlike a sync, a write that has failed for want of space may be tried again.
int WriteThread::write_when_space(const WriteRequest& request) {
  const core::Time deadline = core::monotonic_now() + space_patience;
  while (true) {
    const int error =
        write_all(file_.get(), request.bytes.data(), request.bytes.size(), request.offset);
    if (!is_want_of_space(error) || core::monotonic_now() >= deadline) return error;
    std::this_thread::sleep_for(space_pause);
  }
}

/// Closes the old file (a network file system may report a lost write only then) for a new one.
int WriteThread::create(const std::string& name, const PosixFolder::Location& at) {
  if (file_ && ::close(file_.release()) != 0) return errno;
  constexpr int flags = O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC;
  file_.reset(::openat(at.folder.get(), at.leaf.c_str(), flags, 0600));
  if (!file_) return errno;
  file_name_ = name;
  return 0;
}

/// Opens the fence's folder anew, which makes a network file system look again.
int WriteThread::look_for(const std::string& fence, bool& found) const {
  const PosixFolder::Location at = folder_.locate(fence);
  if (at.error != 0 && at.error != ENOENT) return at.error;
  if (at.error == 0) {
    found = ::faccessat(at.folder.get(), at.leaf.c_str(), F_OK, AT_SYMLINK_NOFOLLOW) == 0;
    if (!found && errno != ENOENT) return errno;
  }
  return 0;
}

}  // namespace foundation::journal
