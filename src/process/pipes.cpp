#include "process/detail/pipes.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sys/mman.h>

#include "core/error.hpp"

namespace foundation::process::detail {
namespace {

[[noreturn]] void fail(const char* what) { throw core::system_error("make", what, errno); }

/// Descriptors 0 to 2 are those of the program: ours must not be in the way.
core::Descriptor above_standard(int descriptor, const char* what) {
  core::Descriptor owned{descriptor};
  if (descriptor < 0) fail(what);
  if (descriptor > STDERR_FILENO) return owned;
  core::Descriptor higher{fcntl(descriptor, F_DUPFD_CLOEXEC, STDERR_FILENO + 1)};
  if (!higher) fail(what);
  return higher;
}

/// A program that does not read any more is no reason for a signal to us.
class WithoutSigpipe {
 public:
  WithoutSigpipe() {
    sigemptyset(&set_);
    sigaddset(&set_, SIGPIPE);
    pthread_sigmask(SIG_BLOCK, &set_, &before_);
  }
  WithoutSigpipe(const WithoutSigpipe&) = delete;
  WithoutSigpipe& operator=(const WithoutSigpipe&) = delete;
  ~WithoutSigpipe() {
    const timespec now{};
    if (sigismember(&before_, SIGPIPE) == 0) sigtimedwait(&set_, nullptr, &now);
    pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }

 private:
  sigset_t set_{};
  sigset_t before_{};
};

}  // namespace

Pipe make_pipe() {
  std::array<int, 2> ends{-1, -1};
  if (pipe2(ends.data(), O_CLOEXEC) != 0) fail("a pipe to a program");
  Pipe pipe;
  pipe.writing.reset(ends[1]);
  pipe.reading = above_standard(ends[0], "a pipe to a program");
  pipe.writing = above_standard(pipe.writing.release(), "a pipe to a program");
  return pipe;
}

void make_nonblocking(int descriptor) { fcntl(descriptor, F_SETFL, O_NONBLOCK); }

core::Descriptor make_input(std::string_view text) {
  if (text.empty()) return above_standard(open("/dev/null", O_RDONLY | O_CLOEXEC), "/dev/null");
  core::Descriptor file =
      above_standard(memfd_create("stdin", MFD_CLOEXEC), "the input of a program");
  while (!text.empty()) {
    const ssize_t written = write(file.get(), text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) fail("the input of a program");
    text.remove_prefix(static_cast<std::size_t>(written));
  }
  if (lseek(file.get(), 0, SEEK_SET) != 0) fail("the input of a program");
  return file;
}

bool drain(int descriptor, const std::function<bool(std::string_view)>& sink) {
  static thread_local std::array<char, read_bytes> buffer;
  while (true) {
    const ssize_t got = read(descriptor, buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno == EAGAIN;
    if (got == 0) return false;
    if (!sink(std::string_view{buffer.data(), static_cast<std::size_t>(got)})) return true;
    if (static_cast<std::size_t>(got) < buffer.size()) return true;
  }
}

bool has_more(int descriptor) {
  pollfd watched{descriptor, POLLIN, 0};
  return poll(&watched, 1, 0) > 0;
}

bool write_some(int descriptor, std::string& text) {
  const WithoutSigpipe guard;
  while (!text.empty()) {
    const ssize_t written = write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return errno == EAGAIN;
    text.erase(0, static_cast<std::size_t>(written));
  }
  return true;
}

}  // namespace foundation::process::detail
