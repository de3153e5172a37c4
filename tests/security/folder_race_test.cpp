// An attacker who may write where the run is swaps symbolic links for its entries at every moment.
// Operations may fail with an error; nothing outside of the folder may change.
#include <atomic>
#include <cstddef>
#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <thread>
#include <vector>
#include <sys/stat.h>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "journal/posix_disk.hpp"
#include "runtime/run_folder.hpp"
#include "storage/publish_file.hpp"
#include "tests/journal/scratch_folder.hpp"

namespace foundation::runtime {
namespace {

namespace fs = std::filesystem;
using testing::ScratchFolder;

const core::Digest identity{0x1234, 0x5678};
// Looks like a file that a dead process was writing, so tidying up would remove it.
constexpr const char* bait = ".DONE.999999999.1.1.tmp";

std::map<std::string, std::string> contents(const fs::path& folder) {
  std::map<std::string, std::string> found;
  for (const auto& entry : fs::recursive_directory_iterator{folder}) {
    found[entry.path().string()] = "(a folder)";
    if (!entry.is_regular_file()) continue;
    std::ifstream stream{entry.path()};
    found[entry.path().string()] = {std::istreambuf_iterator<char>{stream}, {}};
  }
  return found;
}

/// Puts a link to `goal` in the place of `victim`, as fast as it can, and takes it away again.
class Attacker {
 public:
  explicit Attacker(fs::path own) : own_{std::move(own)} { fs::create_directories(own_); }
  Attacker(const Attacker&) = delete;
  Attacker& operator=(const Attacker&) = delete;
  ~Attacker() { stop(); }

  void attack(const fs::path& victim, const fs::path& goal) {
    thread_ = std::thread{[this, victim, goal] {
      const fs::path link = own_ / "link";
      const fs::path aside = own_ / "aside";
      std::error_code ignored;
      while (!over_) {
        fs::create_symlink(goal, link, ignored);
        fs::rename(victim, aside, ignored);
        fs::rename(link, victim, ignored);
        if (!ignored) ++swaps;
        std::this_thread::yield();
        fs::remove(victim, ignored);
        fs::rename(aside, victim, ignored);
        fs::remove_all(aside, ignored);  // the victim has made itself a new one meanwhile
      }
    }};
  }
  void stop() {
    over_ = true;
    if (thread_.joinable()) thread_.join();
  }

  std::atomic<int> swaps = 0;

 private:
  fs::path own_;
  std::atomic<bool> over_ = false;
  std::thread thread_;
};

constexpr int most_rounds = 20'000;  ///< however slow the attacker is

/// Repeats `work` while `entry` of `place` is attacked with links to `outside / entry`.
class FolderRace : public ::testing::Test {
 protected:
  FolderRace() {
    fs::create_directories(scratch_ / "outside/folder");
    for (const char* name : {"file", "folder/file", bait}) write(outside() / name);
    write(outside() / "folder" / bait);
    runs_ = scratch_ / "runs";
    run_ = create_run(runs_, "job", identity, "[job]\n");
    before_ = contents(outside());
  }

  [[nodiscard]] fs::path outside() const { return scratch_ / "outside"; }

  static void write(const fs::path& file) { std::ofstream{file} << "not yours\n"; }

  void race(const fs::path& victim, const fs::path& goal, const std::function<void()>& work) {
    Attacker attacker{scratch_ / "attacker"};
    attacker.attack(victim, goal);
    for (int i = 0; i < 200 || (attacker.swaps < 50 && i < most_rounds); ++i) {
      try {
        work();
      } catch (const core::Error&) {
        ++refused_;  // an honest end of it
      }
    }
    attacker.stop();
    EXPECT_EQ(contents(outside()), before_) << victim;
  }

  ScratchFolder scratch_;
  fs::path runs_;
  fs::path run_;
  std::map<std::string, std::string> before_;
  int refused_ = 0;
};

TEST_F(FolderRace, the_files_of_a_run) {
  for (const char* name : {"DONE", "stop", "identity", "job.toml"}) {
    race(run_ / name, outside() / "file", [&] {
      journal::PosixDisk disk{run_};
      disk.replace(name, "ours\n");
      static_cast<void>(disk.create_exclusive(name, "ours\n"));
      const auto read = disk.read(name).value_or(std::vector<std::byte>{});
      const std::string text{reinterpret_cast<const char*>(read.data()), read.size()};
      EXPECT_EQ(text.find("not yours"), std::string::npos) << name;
      remove_left_overs(run_);
    });
  }
}

TEST_F(FolderRace, the_folders_of_a_run) {
  for (const char* name : {"journal", "epoch"}) {
    race(run_ / name, outside() / "folder", [&] {
      journal::PosixDisk disk{run_};
      disk.make_folder(name);
      disk.replace(std::string{name} + "/file", "ours\n");
      static_cast<void>(disk.create_exclusive(std::string{name} + "/other", "ours\n"));
      remove_left_overs(run_);
    });
  }
}

TEST_F(FolderRace, the_published_file) {
  race(run_ / "run.h5", outside() / "file", [&] {
    storage::publish_file(run_ / "run.h5", storage::Layout::contiguous,
                          [](storage::FileWriter&) {});
  });
  EXPECT_EQ(refused_, 0) << "the name is replaced, whatever is there";
}

TEST_F(FolderRace, the_run_itself) {
  race(run_, outside() / "folder", [&] {
    journal::PosixDisk{run_}.replace("file", "ours\n");
    remove_left_overs(run_);
  });
  EXPECT_FALSE(is_run_of(outside() / "folder", identity));
}

TEST_F(FolderRace, latest) {
  for (const char* name : {"latest", ".latest.tmp"}) {
    race(runs_ / name, outside() / "folder", [&] {
      point_latest(run_);
      static_cast<void>(find_same_job(runs_, "job", identity));
    });
  }
}

TEST_F(FolderRace, making_a_run) {
  race(runs_ / "latest", outside() / "folder",
       [&] { static_cast<void>(create_run(runs_, "job", identity, "[job]\n")); });
}

TEST(RunFolder, a_pipe_in_the_place_of_a_file_makes_nobody_wait) {
  const ScratchFolder scratch;
  const fs::path run = create_run(scratch / "runs", "job", identity, "[job]\n");
  fs::remove(run / identity_file);
  ASSERT_EQ(mkfifo((run / identity_file).c_str(), 0600), 0);
  EXPECT_FALSE(is_run_of(run, identity));
  EXPECT_FALSE(find_same_job(scratch / "runs", "job", identity));
}

}  // namespace
}  // namespace foundation::runtime
