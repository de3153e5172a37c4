#include "process/scratch.hpp"

#include <fstream>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

namespace foundation::process {
namespace {

namespace fs = std::filesystem;

class Scratch : public testing::Test {
 protected:
  Scratch() {
    fs::remove_all(parent_);
    fs::create_directories(parent_);
  }
  ~Scratch() override { fs::remove_all(parent_); }
  fs::path parent_ = fs::current_path() / "scratch_test";
};

TEST_F(Scratch, is_private_and_gone_afterwards) {
  {
    const ScratchFolder scratch{parent_};
    struct stat facts {};
    ASSERT_EQ(stat(scratch.work().c_str(), &facts), 0);
    EXPECT_EQ(facts.st_mode & 0777U, 0700U);
    EXPECT_TRUE(fs::is_directory(scratch.temporary()));
    std::ofstream{scratch.work() / "file"} << "x";
  }
  EXPECT_TRUE(fs::is_empty(parent_));
}

TEST_F(Scratch, is_emptied_of_everything) {
  std::ofstream{parent_ / "outside"} << "stays";
  ScratchFolder scratch{parent_};
  fs::create_directories(scratch.work() / "a" / "b");
  std::ofstream{scratch.work() / "a" / "b" / "file"} << "x";
  fs::create_symlink(parent_, scratch.work() / "link");
  fs::permissions(scratch.work() / "a", fs::perms::none);
  scratch.empty();
  EXPECT_TRUE(fs::is_empty(scratch.work()));
  EXPECT_TRUE(fs::exists(parent_ / "outside"));
}

TEST_F(Scratch, is_made_again_when_the_program_has_removed_it) {
  ScratchFolder scratch{parent_};
  fs::remove_all(scratch.work());
  fs::remove_all(scratch.temporary());
  fs::create_symlink(parent_, scratch.temporary());
  scratch.empty();
  EXPECT_TRUE(fs::is_directory(scratch.work()));
  EXPECT_FALSE(fs::is_symlink(scratch.temporary()));
}

TEST_F(Scratch, of_the_dead_is_removed_and_no_other) {
  const ScratchFolder living{parent_};
  const pid_t child = fork();
  if (child == 0) {
    auto* scratch = new ScratchFolder{parent_};
    std::ofstream{scratch->work() / "file"} << "x";
    _exit(0);
  }
  waitpid(child, nullptr, 0);
  EXPECT_EQ(std::distance(fs::directory_iterator{parent_}, {}), 2);
  remove_abandoned_scratch(parent_);
  EXPECT_EQ(std::distance(fs::directory_iterator{parent_}, {}), 1);
  EXPECT_TRUE(fs::is_directory(living.work()));
}

}  // namespace
}  // namespace foundation::process
