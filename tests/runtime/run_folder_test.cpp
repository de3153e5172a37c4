#include "runtime/run_folder.hpp"

#include <fstream>
#include <set>
#include <string>
#include <vector>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::runtime {
namespace {

namespace fs = std::filesystem;
using ::testing::MatchesRegex;
using testing::ScratchFolder;

constexpr core::WallLabel some_time = 1'767'225'599'000'000'000;  // 2025-12-31 23:59:59 UTC
const core::Digest identity{0x1234, 0x5678};

std::string content(const fs::path& file) {
  std::ifstream stream{file};
  return {std::istreambuf_iterator<char>{stream}, {}};
}

TEST(RunName, is_job_time_and_a_word) {
  EXPECT_THAT(run_name("packages", some_time), MatchesRegex("packages-20251231T235959-[a-z]+"));
}

TEST(RunName, is_always_a_good_file_name) {
  for (const char* job : {"", ".hidden", "../../up", "a b\n\"c\"", "-rf", "\xC3\xA4"})
    EXPECT_THAT(run_name(job, some_time),
                MatchesRegex("[A-Za-z0-9_][A-Za-z0-9_.]*-20251231T235959-.*"));
  EXPECT_LT(run_name(std::string(5000, 'x'), some_time).size(), 100U);
}

TEST(CreateRun, makes_a_private_folder_that_latest_points_to) {
  const ScratchFolder scratch;
  const fs::path run = create_run(scratch / "deep/runs", "job", identity, "[job]\n");
  EXPECT_EQ(content(run / effective_job_file), "[job]\n");
  EXPECT_EQ(content(run / identity_file), identity.hex() + "\n");
  struct stat status {};
  ASSERT_EQ(stat(run.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0700U);
  EXPECT_TRUE(fs::equivalent(scratch / "deep/runs/latest", run));
  EXPECT_TRUE(fs::read_symlink(scratch / "deep/runs/latest").is_relative()) << "runs/ can move";
  EXPECT_TRUE(is_run_of(run, identity));
  EXPECT_FALSE(is_run_of(run, {1, 1}));
}

TEST(CreateRun, never_takes_a_folder_that_exists) {
  const ScratchFolder scratch;
  std::set<fs::path> runs;
  for (int i = 0; i < 100; ++i) runs.insert(create_run(scratch.path(), "job", identity, ""));
  EXPECT_EQ(runs.size(), 100U);
}

TEST(CreateRun, says_what_to_do_where_it_cannot_write) {
  const ScratchFolder scratch;
  std::ofstream{scratch / "file"} << "x";
  try {
    (void)create_run(scratch / "file/runs", "job", identity, "");
    FAIL() << "a folder below a file";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::io);
    EXPECT_NE(error.hint().find("run.folder"), std::string::npos);
  }
}

TEST(FindSameJob, takes_the_newest_run_of_the_same_job) {
  const ScratchFolder scratch;
  EXPECT_FALSE(find_same_job(scratch / "none", "job", identity));
  EXPECT_FALSE(find_same_job(scratch.path(), "job", identity));
  for (int i = 0; i < 20; ++i) {  // many within the same second
    const fs::path newest = create_run(scratch.path(), "job", identity, "");
    (void)create_run(scratch.path(), "job", {9, 9}, "");     // the same name, another job
    (void)create_run(scratch.path(), "jobs", identity, "");  // another name
    EXPECT_EQ(find_same_job(scratch.path(), "job", identity), newest);
  }
}

TEST(FindSameJob, older_names_and_stray_files_do_not_count) {
  const ScratchFolder scratch;
  const fs::path newest = create_run(scratch.path(), "job", identity, "");
  const fs::path older = scratch / "job-20010101T000000-zinc";
  fs::create_directory(older);
  std::ofstream{older / identity_file} << identity.hex() << '\n';  // written later
  fs::create_directory(scratch / "job-99990101T000000-zinc");      // no identity: never began
  std::ofstream{scratch / "job-file"} << identity.hex() << '\n';
  EXPECT_EQ(find_same_job(scratch.path(), "job", identity), newest);
}

TEST(PointLatest, moves_the_link_and_leaves_nothing_else) {
  const ScratchFolder scratch;
  fs::create_directory(scratch / "a");
  fs::create_directory(scratch / "b");
  for (const char* name : {"a", "b", "a"}) {
    point_latest(scratch / name);
    EXPECT_EQ(fs::read_symlink(scratch / "latest"), name);
  }
  EXPECT_EQ(std::distance(fs::directory_iterator{scratch.path()}, {}), 3);
}

TEST(RemoveLeftOvers, takes_files_of_dead_writers_and_the_stop_file) {
  const ScratchFolder scratch;
  for (const char* folder : {"epoch", "journal"}) fs::create_directory(scratch / folder);
  const pid_t dead = fork();
  ASSERT_GE(dead, 0);
  if (dead == 0) _exit(0);
  waitpid(dead, nullptr, 0);
  const auto temporary = [&scratch](const std::string& file, pid_t writer) {
    const std::size_t leaf = file.rfind('/') + 1;
    return scratch / (file.substr(0, leaf) + "." + file.substr(leaf) + "." +
                      std::to_string(writer) + ".18ab9f.0.tmp");
  };
  const std::vector<fs::path> left = {
      temporary("DONE", dead), temporary("epoch/000002.claim", dead),
      temporary("journal/watermark.000001", dead), scratch / "stop"};
  const std::vector<fs::path> kept = {temporary("DONE", getpid()),
                                      scratch / "DONE",
                                      scratch / "journal/E000001-S000001.log",
                                      scratch / ".x.tmp",
                                      scratch / ".tmp",
                                      scratch / "..1.2.3.tmpx",
                                      temporary("run.h5.00ff", dead),
                                      scratch / "...."};
  for (const auto& files : {left, kept})
    for (const fs::path& file : files) std::ofstream{file} << "x";
  remove_left_overs(scratch.path());
  for (const fs::path& file : left) EXPECT_FALSE(fs::exists(file)) << file;
  for (const fs::path& file : kept) EXPECT_TRUE(fs::exists(file)) << file;
  remove_left_overs(scratch / "none");
}

TEST(OwnerStateOf, this_process_is_alive) {
  const journal::Claim self = describe_this_process();
  EXPECT_EQ(self.pid, getpid());
  EXPECT_EQ(owner_state(self), OwnerState::alive);
}

TEST(OwnerStateOf, a_number_that_is_used_again_is_not_the_owner) {
  journal::Claim earlier = describe_this_process();
  earlier.pid_start -= 1;
  EXPECT_EQ(owner_state(earlier), OwnerState::gone);
  journal::Claim before_boot = describe_this_process();
  before_boot.boot_id = "00000000-0000-0000-0000-000000000000";
  EXPECT_EQ(owner_state(before_boot), OwnerState::gone);
}

TEST(OwnerStateOf, an_ended_process_is_gone_even_as_a_zombie) {
  const pid_t child = fork();
  ASSERT_GE(child, 0);
  if (child == 0) _exit(0);
  siginfo_t ended{};
  ASSERT_EQ(waitid(P_PID, static_cast<id_t>(child), &ended, WEXITED | WNOWAIT), 0);
  journal::Claim claim = describe_this_process();
  claim.pid = child;
  for (const std::int64_t start : {std::int64_t{0}, claim.pid_start}) {
    claim.pid_start = start;
    EXPECT_EQ(owner_state(claim), OwnerState::gone);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(owner_state(claim), OwnerState::gone);
}

TEST(OwnerStateOf, another_host_cannot_be_judged_from_here) {
  journal::Claim elsewhere = describe_this_process();
  elsewhere.host += "-other";
  EXPECT_EQ(owner_state(elsewhere), OwnerState::unknown);
}

}  // namespace
}  // namespace foundation::runtime
