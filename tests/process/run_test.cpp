#include "process/run.hpp"

#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>

#include <gmock/gmock.h>

#include "shell.hpp"

namespace foundation::process {
namespace {

using testing::HasSubstr;

TEST(Run, brings_output_errors_and_status) {
  const Ending ending = run(shell("echo out; echo err >&2; exit 3"));
  EXPECT_EQ(ending.start_error, 0);
  EXPECT_EQ(ending.exit_status, 3);
  EXPECT_EQ(ending.signal, 0);
  EXPECT_EQ(ending.output, "out\n");
  EXPECT_EQ(ending.errors, "err\n");
  EXPECT_EQ(ending.limit, Limit::none);
  EXPECT_GT(ending.wall.count(), 0);
  EXPECT_EQ(describe(ending, {}), "exit status 3");
}

TEST(Run, brings_the_signal) {
  const Ending ending = run(shell("kill -SEGV $$"));
  EXPECT_EQ(ending.signal, SIGSEGV);
  EXPECT_EQ(describe(ending, {}), "ended by SIGSEGV");
}

TEST(Run, says_why_it_could_not_start) {
  Command command = shell("");
  command.executable = "/nowhere/solver";
  const Ending ending = run(command);
  EXPECT_EQ(ending.start_error, ENOENT);
  EXPECT_EQ(describe(ending, {}), "cannot be started: No such file or directory");
  command = shell("");
  command.folder = "/nowhere";
  EXPECT_EQ(run(command).start_error, ENOENT);
  EXPECT_TRUE(has_no_children());
}

TEST(Run, has_nothing_to_read_without_input) {
  EXPECT_EQ(run(shell("cat; readlink /proc/self/fd/0")).output, "/dev/null\n");
}

TEST(Run, reads_its_input_whatever_its_size) {
  const std::string input(1 << 20, 'x');
  EXPECT_EQ(run(shell("wc -c"), input).output, "1048576\n");
  EXPECT_EQ(run(shell("true"), input).exit_status, 0) << "it need not read";
}

TEST(Run, has_the_environment_it_is_given_and_no_other) {
  Command command = shell("env | grep -v ^PWD= | grep -v ^_= | grep -v ^SHLVL= | sort");
  command.environment.push_back("NAME=value");
  EXPECT_EQ(run(command).output, "NAME=value\nPATH=/usr/local/bin:/usr/bin:/bin\n");
}

TEST(Run, runs_in_its_folder) {
  Command command = shell("pwd");
  command.folder = "/usr";
  EXPECT_EQ(run(command).output, "/usr\n");
}

TEST(Run, passes_arguments_as_they_are) {
  Command command = shell("");
  command.executable = "/usr/bin/printf";
  command.arguments = {"printf", "%s|", "a b", "$HOME", "'", "*", ""};
  EXPECT_EQ(run(command).output, "a b|$HOME|'|*||");
}

TEST(Run, inherits_no_descriptor_and_no_ignored_signal) {
  const int leaked = open("/dev/null", O_RDONLY);  // not closed on exec
  ASSERT_GE(leaked, 0);
  std::signal(SIGTERM, SIG_IGN);
  sigset_t blocked;
  sigemptyset(&blocked);
  sigaddset(&blocked, SIGUSR1);
  pthread_sigmask(SIG_BLOCK, &blocked, nullptr);
  const Ending ending = run(shell("ls /proc/self/fd | tr '\\n' ' '; kill -TERM $$"));
  EXPECT_EQ(ending.output, "0 1 2 3 ") << "3 is the folder that ls reads";
  EXPECT_EQ(ending.signal, SIGTERM);
  EXPECT_THAT(run(shell("grep SigBlk /proc/self/status")).output, HasSubstr("0000000000000000"));
  pthread_sigmask(SIG_UNBLOCK, &blocked, nullptr);
  std::signal(SIGTERM, SIG_DFL);
  close(leaked);
}

TEST(Run, gives_it_a_process_group_of_its_own_and_no_core_file) {
  EXPECT_EQ(run(shell("test $(ps -o pgid= -p $$) -eq $$ && ulimit -c")).output, "0\n");
}

TEST(Run, goes_on_when_output_is_closed_early) {
  const Ending ending = run(shell("echo first; exec >&- 2>&-; sleep 0.05; exit 4"));
  EXPECT_EQ(ending.output, "first\n");
  EXPECT_EQ(ending.exit_status, 4);
}

TEST(Run, keeps_the_end_of_stderr) {
  Command command = shell("i=0; while [ $i -lt 20000 ]; do echo line $i >&2; i=$((i+1)); done");
  command.kept_errors = 100;
  const Ending ending = run(command);
  EXPECT_EQ(ending.errors.size(), 100U);
  EXPECT_THAT(ending.errors, testing::EndsWith("line 19998\nline 19999\n"));
}

TEST(Run, counts_cpu_time_of_all_that_descends_from_it) {
  const Ending ending = run(
      shell("for i in 1 2; do sh -c 'i=0; while [ $i -lt 100000 ]; do i=$((i+1)); done'; done"));
  EXPECT_GT(ending.cpu.count(), 10'000'000);
}

TEST(Run, dies_with_who_started_it) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  const pid_t starter = fork();
  if (starter == 0) {
    const Ending ending = run(shell("echo $$ >/dev/fd/2; exec sleep 100", {}));
    _exit(ending.exit_status);
  }
  close(ends[0]);
  close(ends[1]);
  std::string children;
  while (children.empty()) {
    usleep(1000);
    FILE* file = std::fopen(
        ("/proc/" + std::to_string(starter) + "/task/" + std::to_string(starter) + "/children")
            .c_str(),
        "r");
    char text[64] = {};
    if (file != nullptr && std::fgets(text, sizeof text, file) != nullptr) children = text;
    if (file != nullptr) std::fclose(file);
  }
  const pid_t program = std::stoi(children);
  kill(starter, SIGKILL);
  waitpid(starter, nullptr, 0);
  for (int tries = 0; is_alive(program) && tries < 5000; ++tries) {
    waitpid(program, nullptr, WNOHANG);  // this process may have adopted it
    usleep(1000);
  }
  EXPECT_FALSE(is_alive(program));
}

}  // namespace
}  // namespace foundation::process
