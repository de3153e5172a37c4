#include "runtime/launch_guard.hpp"

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <fmt/format.h>
#include <gmock/gmock.h>

#include "core/time.hpp"
#include "runtime/launch_leftovers.hpp"
#include "runtime/launch_mark.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::launch::Signal;
using ::testing::HasSubstr;
using ::testing::Not;
using testing::ScratchFolder;

constexpr auto patience = 60s;

template <class Condition>
bool eventually(Condition condition) {
  const core::Time deadline = core::monotonic_now() + patience;
  while (!condition()) {
    if (core::monotonic_now() > deadline) return false;
    usleep(2000);
  }
  return true;
}

bool is_gone(pid_t pid) { return kill(pid, 0) != 0 && errno == ESRCH; }

/// A shell script in the place of mpirun, in a folder of its own.
class GuardedScript : public ::testing::Test {
 protected:
  static void SetUpTestSuite() { prctl(PR_SET_CHILD_SUBREAPER, 1); }
  static void TearDownTestSuite() { prctl(PR_SET_CHILD_SUBREAPER, 0); }

  [[nodiscard]] LaunchCommand command(const std::string& script) const {
    return {{"/bin/sh", "-c", fmt::format("cd '{}'; {}", folder_.path().string(), script)},
            {fmt::format("{}=1", launch_variable), fmt::format("{}={}", launch_id_variable, id_)}};
  }
  [[nodiscard]] std::string content(const char* name) const {
    std::ifstream stream{folder_ / name};
    return {std::istreambuf_iterator<char>{stream}, {}};
  }
  [[nodiscard]] bool wait_for(const char* name) const {
    return eventually([&] { return !content(name).empty(); });
  }
  static std::string end_of(LaunchGuard& guard) {
    std::optional<std::string> how;
    EXPECT_TRUE(eventually([&] { return (how = guard.ended()).has_value(); }));
    return how.value_or("");
  }

  ScratchFolder folder_;
  std::string id_ = fmt::format("guard-test.{}.{}", getpid(), core::monotonic_now().ns);
};

TEST_F(GuardedScript, tells_how_it_ended) {
  LaunchGuard first{command("exit 7"), id_};
  EXPECT_EQ(end_of(first), "sh ended with status 7");
  LaunchGuard second{command("kill -9 $$"), id_};
  EXPECT_EQ(end_of(second), "sh was killed by signal 9");
  LaunchGuard third{{{"/nowhere/mpirun"}, {}}, id_};
  EXPECT_EQ(end_of(third), "mpirun ended with status 127");
}

TEST_F(GuardedScript, runs_in_a_session_of_its_own_without_input) {
  LaunchGuard guard{
      command("readlink /proc/self/fd/0 > in; cut -d' ' -f6 /proc/$$/stat > session; env > env"),
      id_};
  end_of(guard);
  EXPECT_EQ(content("in"), "/dev/null\n");
  EXPECT_NE(std::stoi(content("session")), getsid(0));
  EXPECT_THAT(content("env"), HasSubstr("FOUNDATION_LAUNCH=1\n"));
}

TEST_F(GuardedScript, gets_the_signals_that_are_sent) {
  LaunchGuard guard{command("trap 'echo drain >> got' USR1; trap 'echo end >> got; exit 4' TERM; "
                            "echo $$ > ready; while true; do sleep 0.05; done"),
                    id_};
  ASSERT_TRUE(wait_for("ready"));
  EXPECT_EQ(std::stoi(content("ready")), guard.manager());
  EXPECT_FALSE(guard.ended());
  guard.send(Signal::drain);
  ASSERT_TRUE(wait_for("got"));
  guard.send(Signal::terminate);
  EXPECT_EQ(end_of(guard), "sh ended with status 4");
  EXPECT_EQ(content("got"), "drain\nend\n");
}

TEST_F(GuardedScript, is_killed_with_its_whole_group) {
  LaunchGuard guard{command("trap '' TERM USR1; sleep 300 & echo $! > ready; wait; sleep 300"),
                    id_};
  ASSERT_TRUE(wait_for("ready"));
  guard.send(Signal::kill);
  EXPECT_EQ(end_of(guard), "sh was killed by signal 9");
  const pid_t child = std::stoi(content("ready"));
  EXPECT_TRUE(eventually([&] { return is_gone(child) || waitpid(child, nullptr, WNOHANG) > 0; }));
}

/// What a launcher leaves when it is killed: a process that has a guard and nothing else to do.
TEST_F(GuardedScript, ends_with_everything_of_the_launch_when_the_launcher_dies) {
  const pid_t launcher = fork();
  if (launcher == 0) {
    const LaunchGuard guard{
        command("trap '' TERM; setsid sleep 300 & echo $! > rank; echo $$ > ready; "
                "while true; do sleep 0.1; done"),
        id_};
    while (true) pause();
  }
  ASSERT_TRUE(wait_for("ready"));
  const pid_t manager = std::stoi(content("ready"));
  const pid_t rank = std::stoi(content("rank"));
  kill(launcher, SIGKILL);
  EXPECT_EQ(waitpid(launcher, nullptr, 0), launcher);
  EXPECT_TRUE(eventually([&] {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return is_gone(manager) && is_gone(rank);
  }));
}

/// The first process of a namespace of processes, so that a signal to everybody stays in there:
/// stops the guard, kills manager and launcher, and lets the guard go on. Status 0: all is well.
/// `number_in` waits for a file and returns the number in it.
[[noreturn]] void kill_both_at_once(const LaunchCommand& command, const std::string& launch_id,
                                    const std::filesystem::path& stopped,
                                    const std::function<pid_t(const char*)>& number_in) {
  const pid_t bystander = fork();
  if (bystander == 0) pause();
  const pid_t launcher = fork();
  if (launcher == 0) {
    const LaunchGuard held{command, launch_id};
    std::ofstream{stopped} << waitpid(-1, nullptr, WUNTRACED);
    while (true) pause();
  }
  const pid_t manager = number_in("manager");
  const pid_t guard = number_in("guard");
  if (manager < 0 || guard < 0) _exit(1);
  kill(guard, SIGSTOP);
  if (number_in("stopped") != guard) _exit(1);
  kill(manager, SIGKILL);
  kill(launcher, SIGKILL);
  waitpid(launcher, nullptr, 0);
  usleep(50'000);  // should the manager not have ended by then, there is nothing to be seen
  kill(guard, SIGCONT);
  int status = 0;
  const bool ended = waitpid(guard, &status, 0) == guard && status == 0;
  _exit(ended && waitpid(bystander, nullptr, WNOHANG) == 0 ? 0 : 1);
}

TEST_F(GuardedScript, harms_nobody_when_launcher_and_manager_die_at_once) {
  constexpr int impossible = 77;
  const pid_t outside = fork();
  if (outside == 0) {
    if (unshare(geteuid() == 0 ? CLONE_NEWPID : CLONE_NEWUSER | CLONE_NEWPID) != 0)
      _exit(impossible);
    const pid_t first = fork();
    if (first == 0)
      kill_both_at_once(
          command("echo $PPID > guard; echo $$ > manager; while true; do sleep 0.1; done"), id_,
          folder_ / "stopped",
          [this](const char* name) { return wait_for(name) ? std::stoi(content(name)) : -1; });
    int status = 0;
    waitpid(first, &status, 0);
    _exit(WIFEXITED(status) ? WEXITSTATUS(status) : 1);
  }
  int status = 0;
  ASSERT_EQ(waitpid(outside, &status, 0), outside);
  if (WEXITSTATUS(status) == impossible) GTEST_SKIP() << "no namespaces here";
  EXPECT_EQ(status, 0);
}

TEST_F(GuardedScript, takes_the_manager_along_when_it_is_killed_itself) {
  LaunchGuard guard{command("cut -d' ' -f4 /proc/$$/stat > parent; while true; do sleep 0.1; done"),
                    id_};
  ASSERT_TRUE(wait_for("parent"));
  kill(std::stoi(content("parent")), SIGKILL);
  EXPECT_EQ(end_of(guard), "the guard of sh ended");
  EXPECT_TRUE(eventually(
      [&] { return is_gone(guard.manager()) || waitpid(guard.manager(), nullptr, WNOHANG) > 0; }));
}

TEST_F(GuardedScript, leftovers_are_found_by_their_mark) {
  LaunchGuard guard{command("setsid sleep 300 & echo $! > rank; exit 0"), id_};
  end_of(guard);
  ASSERT_TRUE(wait_for("rank"));
  const pid_t rank = std::stoi(content("rank"));
  EXPECT_EQ(end_marked_processes("another-id"), 0U);
  EXPECT_FALSE(is_gone(rank));
  EXPECT_EQ(end_marked_processes(id_), 1U);
  EXPECT_TRUE(eventually([&] {
    while (waitpid(-1, nullptr, WNOHANG) > 0) {
    }
    return is_gone(rank);
  }));
}

/// Files as Open MPI makes them.
class MpiFiles : public ::testing::Test {
 protected:
  MpiFiles() {
    setenv("TMPDIR", (folder_ / "tmp").c_str(), 1);
    setenv("OMPI_MCA_btl_vader_backing_directory", (folder_ / "shm").c_str(), 1);
    std::filesystem::create_directory(folder_ / "shm");
  }
  ~MpiFiles() override {
    unsetenv("TMPDIR");
    unsetenv("OMPI_MCA_btl_vader_backing_directory");
    unsetenv("PMIX_NAMESPACE");
    unsetenv("PMIX_RANK");
  }
  std::filesystem::path segment(unsigned job, int rank, unsigned owner = getuid()) {
    const auto file =
        folder_ / "shm" / fmt::format("vader_segment.n-1.{}.{:x}.{}", owner, job, rank);
    std::ofstream{file} << "x";
    return file;
  }
  std::filesystem::path session(const std::string& leaf, const std::string& contact) {
    const auto session = folder_ / "tmp" / fmt::format("ompi.n-1.{}", getuid()) / leaf;
    std::filesystem::create_directories(session / "1" / "0");
    if (!contact.empty()) std::ofstream{session / "contact.txt"} << contact << "\n12\n";
    return session;
  }
  ScratchFolder folder_;
};

constexpr unsigned job = 859504641;

TEST_F(MpiFiles, of_an_mpirun_are_removed_and_no_others) {
  const auto own = session("pid.123", "859504640.0;tcp://192.0.2.1:1");
  const auto other = session("pid.1234", "859570176.0;tcp://192.0.2.1:1");
  const auto kept = {segment(859570177, 0), segment(job, 0, getuid() + 1), segment(job + 1, 0)};
  const auto removed = {segment(job, 0), segment(job, 11)};
  EXPECT_EQ(job_of_mpirun(123), job);
  EXPECT_FALSE(job_of_mpirun(12));
  remove_files_of_mpirun(123);
  EXPECT_FALSE(std::filesystem::exists(own));
  EXPECT_TRUE(std::filesystem::exists(other));
  for (const auto& file : kept) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  for (const auto& file : removed) EXPECT_FALSE(std::filesystem::exists(file)) << file;
  remove_files_of_mpirun(1234);
  EXPECT_FALSE(std::filesystem::exists(other.parent_path())) << "nobody needs it any more";
}

TEST_F(MpiFiles, of_a_job_are_removed_where_its_mpirun_is_not) {
  const auto daemon = session(fmt::format("jf.{}", job >> 16), "");
  const auto memory = segment(job, 3);
  remove_files_of_job(job);
  EXPECT_FALSE(std::filesystem::exists(daemon));
  EXPECT_FALSE(std::filesystem::exists(memory));
}

TEST_F(MpiFiles, of_one_rank_are_removed_alone) {
  setenv("PMIX_NAMESPACE", std::to_string(job).c_str(), 1);
  setenv("PMIX_RANK", "1", 1);
  const auto place = own_place();
  ASSERT_TRUE(place);
  const auto own = segment(job, 1);
  const auto kept = {segment(job, 0), segment(job, 11)};
  remove_files_of_rank(*place);
  EXPECT_FALSE(std::filesystem::exists(own));
  for (const auto& file : kept) EXPECT_TRUE(std::filesystem::exists(file)) << file;
  setenv("PMIX_NAMESPACE", "slurm.pmix.17.0", 1);
  EXPECT_FALSE(own_place());
}

}  // namespace
}  // namespace foundation::runtime
