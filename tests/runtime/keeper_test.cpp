#include "runtime/keeper.hpp"

#include <fstream>
#include <iterator>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/time.hpp"
#include "keeper_scenarios.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using testing::keeper_of_tests;
using ::testing::Not;
using testing::ScratchFolder;

constexpr auto patience = 30s;

std::string content(const std::filesystem::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

/// Waits until the file is there and returns the process number in it.
pid_t process_in(const std::filesystem::path& file) {
  const core::Time deadline = core::monotonic_now() + patience;
  while (!std::filesystem::exists(file) && core::monotonic_now() < deadline) usleep(1000);
  const std::string text = content(file);
  EXPECT_FALSE(text.empty()) << file;
  return text.empty() ? -1 : std::stoi(text);
}

/// Children of this test's own keeper.
class StartedChild : public ::testing::Test {
 protected:
  std::optional<int> run(std::vector<std::string> words) {
    words.insert(words.begin(), {"child", folder_.path().string()});
    keeper_of_tests().start(words);
    return keeper_of_tests().wait_finished(patience);
  }
  ScratchFolder folder_;
};

TEST_F(StartedChild, tells_its_exit_status) {
  EXPECT_EQ(run({"exit", "0"}), 0);
  EXPECT_EQ(run({"exit", "7"}), 7);
  EXPECT_FALSE(keeper_of_tests().finished()) << "told only once";
}

TEST_F(StartedChild, tells_the_signal_that_killed_it) {
  EXPECT_EQ(run({"die", std::to_string(SIGKILL)}), 128 + SIGKILL);
  EXPECT_EQ(run({"die", std::to_string(SIGTERM)}), 128 + SIGTERM);
}

TEST_F(StartedChild, is_not_finished_while_it_runs) {
  keeper_of_tests().start({"child", folder_.path().string(), "sleep", "60"});
  const pid_t child = process_in(folder_ / "child");
  EXPECT_FALSE(keeper_of_tests().finished());
  EXPECT_FALSE(keeper_of_tests().wait_finished(20ms));
  kill(child, SIGKILL);
  EXPECT_EQ(keeper_of_tests().wait_finished(patience), 128 + SIGKILL);
}

TEST_F(StartedChild, has_nothing_of_the_launcher_and_of_our_files) {
  EXPECT_EQ(run({"describe"}), 0);
  const std::string found = content(folder_ / "description");
  EXPECT_THAT(found, HasSubstr("in /dev/null\nout /dev/null\n"));
  EXPECT_THAT(found, HasSubstr("KEPT=yes\n"));
  for (const char* name : {"OMPI_", "PMIX_", "SLURM_STEP_"})
    EXPECT_THAT(found, Not(HasSubstr(name)));
  EXPECT_THAT(found, Not(HasSubstr("inherited")));
  EXPECT_THAT(found, HasSubstr("own group"));
}

/// Whole trees of keeper, working process and child, below this process.
class KeeperScenario : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
  static void TearDownTestSuite() { prctl(PR_SET_CHILD_SUBREAPER, 0); }

  pid_t start(std::vector<std::string> words) {
    words.insert(words.begin(), {"keeper_test", "scenario", folder_.path().string()});
    std::vector<char*> arguments;
    for (std::string& word : words) arguments.push_back(word.data());
    arguments.push_back(nullptr);
    const pid_t keeper = fork();
    if (keeper == 0) {
      execv("/proc/self/exe", arguments.data());
      _exit(127);
    }
    return keeper;
  }
  /// Waits for a process below this one, adopted or not.
  static int wait_for(pid_t process) {
    int status = -1;
    EXPECT_EQ(waitpid(process, &status, 0), process);
    return status;
  }
  void expect_nobody_left() {
    EXPECT_EQ(waitpid(-1, nullptr, 0), -1);
    EXPECT_EQ(errno, ECHILD);
  }
  ScratchFolder folder_;
};

TEST_F(KeeperScenario, ends_as_its_working_process_ends) {
  for (const int code : {0, 3, 70}) {
    const int status = wait_for(start({"exit", std::to_string(code)}));
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == code) << status;
  }
  for (const int signal : {SIGKILL, SIGTERM, SIGABRT}) {
    const int status = wait_for(start({"die", std::to_string(signal)}));
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == signal) << status;
  }
  expect_nobody_left();
}

TEST_F(KeeperScenario, passes_signals_on) {
  for (const int signal : {SIGINT, SIGTERM, SIGUSR1, SIGUSR2, SIGHUP, SIGQUIT}) {
    const pid_t keeper = start({"signals"});
    EXPECT_EQ(process_in(folder_ / "ready"), keeper);
    kill(keeper, signal);
    const int status = wait_for(keeper);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == signal) << status;
    std::filesystem::remove(folder_ / "ready");
  }
  expect_nobody_left();
}

TEST_F(KeeperScenario, takes_everything_with_it_when_it_is_killed) {
  const pid_t keeper = start({"stay", "60"});
  EXPECT_EQ(process_in(folder_ / "ready"), keeper);
  const pid_t worker = process_in(folder_ / "worker");
  const pid_t child = process_in(folder_ / "child");
  kill(keeper, SIGKILL);
  for (const pid_t process : {keeper, worker, child}) {
    const int status = wait_for(process);
    EXPECT_TRUE(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) << status;
  }
  expect_nobody_left();
}

TEST_F(KeeperScenario, lets_a_child_finish_after_the_working_process_has_ended) {
  const int status = wait_for(start({"leave", "1"}));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_TRUE(std::filesystem::exists(folder_ / "child-ended"));
  expect_nobody_left();
}

TEST_F(KeeperScenario, ends_a_child_that_takes_too_long_after_that) {
  const core::Time before = core::monotonic_now();
  const int status = wait_for(start({"leave", "60"}));
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_LT(core::monotonic_now() - before, patience);
  EXPECT_FALSE(std::filesystem::exists(folder_ / "child-ended"));
  static_cast<void>(waitpid(process_in(folder_ / "child"), nullptr, 0));
  expect_nobody_left();
}

/// Under our launcher: FOUNDATION_LAUNCH is set.
class LaunchedKeeper : public KeeperScenario {
 protected:
  LaunchedKeeper() {
    setenv("FOUNDATION_LAUNCH", "1", 1);
    setenv("PMIX_NAMESPACE", "859504641", 1);
    setenv("OMPI_MCA_btl_vader_backing_directory", folder_.path().c_str(), 1);
  }
  ~LaunchedKeeper() override {
    unsetenv("FOUNDATION_LAUNCH");
    unsetenv("PMIX_NAMESPACE");
    unsetenv("OMPI_MCA_btl_vader_backing_directory");
  }
  std::filesystem::path segment(int rank) {
    const auto file = folder_ / ("vader_segment.here." + std::to_string(getuid()) + ".333b0001." +
                                 std::to_string(rank));
    std::ofstream{file} << "x";
    return file;
  }
};

TEST_F(LaunchedKeeper, ends_well_however_its_working_process_ended) {
  for (const auto& words : {std::vector<std::string>{"exit", "5"},
                            {"exit", "0"},
                            {"die", std::to_string(SIGKILL)},
                            {"die", std::to_string(SIGABRT)}})
    EXPECT_EQ(wait_for(start(words)), 0);
  expect_nobody_left();
}

TEST_F(LaunchedKeeper, removes_the_shared_memory_of_its_rank_only) {
  const auto own = segment(0);
  const auto other = segment(1);
  EXPECT_EQ(wait_for(start({"die", std::to_string(SIGKILL)})), 0);
  EXPECT_FALSE(std::filesystem::exists(own));
  EXPECT_TRUE(std::filesystem::exists(other));
}

TEST_F(LaunchedKeeper, still_passes_signals_on) {
  const pid_t keeper = start({"signals"});
  process_in(folder_ / "ready");
  kill(keeper, SIGUSR1);
  EXPECT_EQ(wait_for(keeper), 0);
  expect_nobody_left();
}

TEST_F(LaunchedKeeper, ends_its_working_process_when_the_process_manager_is_gone) {
  const pid_t manager = fork();
  if (manager == 0) {
    start({"stay", "60"});
    while (true) pause();
  }
  const pid_t keeper = process_in(folder_ / "ready");
  kill(manager, SIGKILL);
  EXPECT_EQ(waitpid(manager, nullptr, 0), manager);
  EXPECT_EQ(wait_for(keeper), 0);
  for (const char* file : {"worker", "child"})
    static_cast<void>(waitpid(process_in(folder_ / file), nullptr, 0));
  expect_nobody_left();
}

}  // namespace
}  // namespace foundation::runtime
