#include "storage/isolate.hpp"

#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <exception>
#include <span>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>

#include "core/codec.hpp"
#include "core/descriptor.hpp"
#include "core/error.hpp"
#include "core/sanitizers.hpp"
#include "core/unique_handle.hpp"
#include "storage/detail/write_all.hpp"

namespace foundation::storage {
namespace {

using detail::write_all;

enum class Outcome : std::uint8_t { result, error };

// The shadow memory of these is larger than any limit.
constexpr bool memory_can_be_limited =
    !core::with_address_sanitizer && !core::with_thread_sanitizer;

void limit(int resource, std::uint64_t value) noexcept {
  const struct rlimit bound = {value, value};
  ::setrlimit(static_cast<__rlimit_resource>(resource), &bound);
}

std::vector<std::byte> read_all(int descriptor) {
  std::vector<std::byte> bytes;
  std::array<std::byte, 65536> block;
  for (;;) {
    const ssize_t count = ::read(descriptor, block.data(), block.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw core::system_error("read from", "child process", errno);
    if (count == 0) return bytes;
    bytes.insert(bytes.end(), block.begin(), block.begin() + count);
  }
}

std::vector<std::byte> message_of(const std::function<std::vector<std::byte>()>& work) {
  core::Encoder message;
  try {
    const auto bytes = work();
    message << Outcome::result;
    message.raw(bytes.data(), bytes.size());
  } catch (const core::Error& error) {
    message.clear();
    message << Outcome::error << error.kind() << std::string{error.what()} << error.hint();
  } catch (const std::exception& error) {
    message.clear();
    message << Outcome::error << core::ErrorKind::corrupt_data << std::string{error.what()}
            << std::string{};
  }
  return message.take();
}

[[noreturn]] void run_child(int descriptor, const std::function<std::vector<std::byte>()>& work,
                            const IsolationLimits& limits) {
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_CPU, limits.cpu_seconds);
  if constexpr (memory_can_be_limited) limit(RLIMIT_AS, limits.memory_bytes);
  ::_exit(write_all(descriptor, message_of(work)) ? 0 : 1);
}

int wait_for(pid_t child) {
  int status = 0;
  while (::waitpid(child, &status, 0) < 0)
    if (errno != EINTR) throw core::system_error("wait for", "child process", errno);
  return status;
}

[[noreturn]] void throw_crash(int status) {
  const std::string how = WIFSIGNALED(status) ? fmt::format("signal {}, {}", WTERMSIG(status),
                                                            ::strsignal(WTERMSIG(status)))
                                              : fmt::format("exit status {}", WEXITSTATUS(status));
  throw core::Error{core::ErrorKind::corrupt_data,
                    fmt::format("the file is damaged: it crashes its reader ({})", how),
                    std::string{rebuild_hint}};
}

std::vector<std::byte> unpack(std::span<const std::byte> message) {
  core::Decoder decoder{message};
  Outcome outcome{};
  decoder >> outcome;
  if (outcome == Outcome::result) {
    const auto bytes = decoder.take(decoder.left());
    return {bytes.begin(), bytes.end()};
  }
  core::ErrorKind kind{};
  std::string what;
  std::string hint;
  decoder >> kind >> what >> hint;
  throw core::Error{kind, what, hint};
}

}  // namespace

std::vector<std::byte> run_isolated(const std::function<std::vector<std::byte>()>& work,
                                    const IsolationLimits& limits) {
  std::array<int, 2> ends{};
  if (::pipe2(ends.data(), O_CLOEXEC) != 0) throw core::system_error("make", "pipe", errno);
  const core::Descriptor reading{ends[0]};
  core::Descriptor writing{ends[1]};
  const pid_t child = ::fork();
  if (child < 0) throw core::system_error("start", "child process", errno);
  if (child == 0) run_child(writing.get(), work, limits);
  writing.reset();
  const auto message = read_all(reading.get());
  const int status = wait_for(child);
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || message.empty()) throw_crash(status);
  return unpack(message);
}

}  // namespace foundation::storage
