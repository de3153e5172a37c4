#include <atomic>
#include <csignal>
#include <memory>
#include <thread>
#include <vector>
#include <sys/resource.h>
#include <sys/wait.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "process/run.hpp"
#include "shell.hpp"

namespace foundation::process {
namespace {

using namespace std::chrono_literals;

Command python(const std::string& script, const Limits& limits) {
  Command command = shell("", limits);
  command.executable = "/usr/bin/python3";
  command.arguments = {"python3", "-c", script};
  return command;
}

TEST(Limits, time) {
  const Ending ending = run(shell("echo begun; sleep 100", {.wall = 100ms}));
  EXPECT_EQ(ending.limit, Limit::wall);
  EXPECT_EQ(ending.output, "begun\n");
  EXPECT_GE(ending.wall, 100ms);
  EXPECT_LT(ending.wall, 20s);
  EXPECT_EQ(describe(ending, {.wall = 100ms}), "ran longer than 100ms");
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, time_is_up_also_for_who_ignores_sigterm) {
  const Ending ending =
      run(shell("trap '' TERM; while :; do sleep 1; done", {.wall = 50ms, .grace = 50ms}));
  EXPECT_EQ(ending.limit, Limit::wall);
  EXPECT_EQ(ending.signal, SIGKILL);
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, time_leaves_a_grace_to_tidy_up) {
  const Ending ending = run(shell("trap 'echo tidied; exit 5' TERM; while :; do sleep 0.01; done",
                                  {.wall = 100ms, .grace = 30s}));
  EXPECT_EQ(ending.limit, Limit::wall);
  EXPECT_EQ(ending.exit_status, 5);
  EXPECT_EQ(ending.output, "tidied\n");
}

TEST(Limits, time_is_up_also_for_who_is_stopped) {
  EXPECT_EQ(run(shell("kill -STOP $$", {.wall = 50ms, .grace = 50ms})).limit, Limit::wall);
}

TEST(Limits, cpu_time_of_a_family) {
  const Ending ending =
      run(shell("for i in 1 2 3; do (while :; do :; done) & done; wait", {.cpu = 200ms}));
  EXPECT_EQ(ending.limit, Limit::cpu);
  EXPECT_GE(ending.cpu, 200ms);
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, memory_of_a_family) {
  const Limits limits{.memory_bytes = std::uint64_t{200} << 20};
  const Ending one = run(python("x = bytearray(400 << 20); import time; time.sleep(100)", limits));
  EXPECT_EQ(one.limit, Limit::memory);
  EXPECT_EQ(describe(one, limits), "used more memory than 200.0 MiB");
  const Ending many =
      run(python("import os, time\nfor i in range(4):\n  if os.fork() == 0: break\n"
                 "x = bytearray(100 << 20); time.sleep(100)",
                 limits));
  EXPECT_EQ(many.limit, Limit::memory) << "none of them alone is over the limit";
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, memory_of_a_short_life) {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  constexpr std::uint64_t mebibyte = std::uint64_t{1} << 20;
  const auto own = static_cast<std::uint64_t>(used.ru_maxrss) << 10;  // what it is told from
  const Limits limits{.memory_bytes = own + 100 * mebibyte};
  const Ending ending = run(python(fmt::format("x = bytearray({})", own + 200 * mebibyte), limits));
  EXPECT_EQ(ending.limit, Limit::memory);
  EXPECT_GE(ending.peak_bytes, limits.memory_bytes);
}

TEST(Limits, memory_of_this_process_is_not_the_program_s) {
  const Limits limits{.memory_bytes = std::uint64_t{48} << 20};
  std::vector<char> large(std::size_t{64} << 20, 'x');
  std::atomic<bool> over{false};
  std::thread growing{[&over] {
    constexpr std::size_t most = std::size_t{96} << 20;
    constexpr std::size_t page = 4096;
    const std::unique_ptr<char[]> memory{new char[most]};
    for (std::size_t at = 0; at < most && !over; at += page) {
      memory[at] = 1;
      if (at % (16 * page) == 0) std::this_thread::sleep_for(1ms);
    }
  }};
  for (int i = 0; i < 200; ++i) {
    const Ending ending = run(shell("exit 0", limits));
    EXPECT_EQ(ending.limit, Limit::none) << ending.peak_bytes << " bytes, " << i;
  }
  over = true;
  growing.join();
  EXPECT_EQ(large.back(), 'x');
}

TEST(Limits, address_space_makes_allocations_fail) {
  const Ending ending =
      run(python("x = bytearray(1 << 30)", {.address_space_bytes = std::uint64_t{500} << 20}));
  EXPECT_EQ(ending.exit_status, 1);
  EXPECT_THAT(ending.errors, testing::HasSubstr("MemoryError"));
}

TEST(Limits, processes) {
  const Limits limits{.processes = 20};
  const Ending ending =
      run(shell("i=0; while [ $i -lt 100 ]; do sleep 100 & i=$((i+1)); done; wait", limits));
  EXPECT_EQ(ending.limit, Limit::processes);
  EXPECT_EQ(describe(ending, limits), "had more than 20 processes");
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, file_size) {
  const Ending ending =
      run(python("import signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
                 "open('/tmp/foundation_limits_test', 'w').write('x' * 100000)",
                 {.file_bytes = 1000}));
  unlink("/tmp/foundation_limits_test");
  EXPECT_EQ(ending.limit, Limit::file);
}

long resident_kib() {
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  return used.ru_maxrss;
}

TEST(Limits, output_of_a_gigabyte_ends_the_program) {
  const Limits limits{.output_bytes = 1 << 20};
  const long before = resident_kib();
  const Ending ending = run(shell("head -c 1073741824 /dev/zero; echo not reached >&2", limits));
  EXPECT_EQ(ending.limit, Limit::output);
  EXPECT_EQ(ending.output.size(), limits.output_bytes);
  EXPECT_LT(resident_kib() - before, 64 << 10);
  EXPECT_EQ(describe(ending, limits), "printed more than 1.0 MiB");
  EXPECT_TRUE(has_no_children());
}

TEST(Limits, output_of_a_gigabyte_is_dropped_on_request) {
  const Limits limits{.output_bytes = 1000, .excess = Excess::drop};
  const long before = resident_kib();
  const Ending ending =
      run(shell("head -c 1073741824 /dev/zero; head -c 1073741824 /dev/zero >&2; exit 7", limits));
  EXPECT_EQ(ending.limit, Limit::none);
  EXPECT_EQ(ending.exit_status, 7);
  EXPECT_EQ(ending.output, std::string(1000, '\0'));
  EXPECT_TRUE(ending.output_cut);
  EXPECT_EQ(ending.errors.size(), 4096U);
  EXPECT_LT(resident_kib() - before, 64 << 10);
}

TEST(Limits, none_is_reached_by_a_modest_program) {
  const Limits limits{.wall = 60s,
                      .cpu = 60s,
                      .memory_bytes = std::uint64_t{1} << 40,
                      .processes = 1000,
                      .file_bytes = 1 << 30,
                      .output_bytes = 1000};
  const Ending ending = run(shell("sleep 0.06; echo fine", limits));
  EXPECT_EQ(ending.limit, Limit::none);
  EXPECT_EQ(ending.output, "fine\n");
  EXPECT_FALSE(ending.output_cut);
}

}  // namespace
}  // namespace foundation::process
