#include "journal/posix_disk.hpp"

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string>
#include <thread>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "journal/journal.hpp"
#include "process.hpp"
#include "scratch_folder.hpp"

namespace foundation::testing {
namespace {

namespace fs = std::filesystem;
using journal::PosixDisk;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string to_text(const std::optional<Bytes>& bytes) {
  if (!bytes) return "(no file)";
  return {reinterpret_cast<const char*>(bytes->data()), bytes->size()};
}

journal::WriteRequest request(std::uint64_t ticket, std::string file, std::string text) {
  journal::WriteRequest made;
  made.ticket = ticket;
  made.file = std::move(file);
  made.create = true;
  made.bytes = {as_bytes(text).begin(), as_bytes(text).end()};
  return made;
}

std::vector<journal::WriteDone> outcomes(PosixDisk& disk, std::size_t count) {
  std::vector<journal::WriteDone> all;
  while (all.size() < count && disk.wait(std::chrono::seconds{20})) {
    EXPECT_TRUE(disk.ready());
    for (auto& outcome : disk.poll()) all.push_back(std::move(outcome));
  }
  EXPECT_EQ(all.size(), count);
  return all;
}

TEST(PosixDisk, creates_private_folders_and_files) {
  const ScratchFolder scratch;
  PosixDisk disk{scratch / "run"};
  disk.make_folder("epoch");
  disk.make_folder("epoch");
  EXPECT_TRUE(disk.create_exclusive("epoch/a", "first"));
  EXPECT_FALSE(disk.create_exclusive("epoch/a", "second"));
  EXPECT_EQ(to_text(disk.read("epoch/a")), "first");
  disk.replace("epoch/a", "third");
  EXPECT_EQ(to_text(disk.read("epoch/a")), "third");
  disk.replace("top", "");
  EXPECT_EQ(to_text(disk.read("top")), "");
  EXPECT_EQ(disk.read("epoch/none"), std::nullopt);
  EXPECT_EQ(disk.read("none/none"), std::nullopt);
  EXPECT_TRUE(disk.list("none").empty());
  EXPECT_THAT(disk.list("epoch"), ElementsAre("a"));
  struct stat status {};
  ASSERT_EQ(::stat((scratch / "run/epoch/a").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
  ASSERT_EQ(::stat((scratch / "run").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0700U);
  std::size_t entries = 0;  // no temporary file is left
  for (const auto& entry : fs::recursive_directory_iterator{scratch / "run"}) {
    entries += entry.exists() ? 1 : 0;
  }
  EXPECT_EQ(entries, 3U);
}

TEST(PosixDisk, keeps_names_inside_the_folder) {
  const ScratchFolder scratch;
  PosixDisk disk{scratch / "run"};
  disk.make_folder("real");
  std::ofstream{scratch / "outside"} << "secret";
  fs::create_symlink(scratch / "outside", scratch / "run/link");
  fs::create_symlink(scratch.path(), scratch / "run/folder_link");
  for (const char* name : {"../outside", "/etc/passwd", "real/../../outside", "", ".", "..", "a//b",
                           "link", "folder_link/outside", "real/"}) {
    EXPECT_THROW((void)disk.read(name), core::Error) << name;
  }
  for (const char* name : {"../new", "/tmp/new", "folder_link/new", ""}) {
    EXPECT_THROW((void)disk.create_exclusive(name, "x"), core::Error) << name;
    EXPECT_THROW(disk.replace(name, "x"), core::Error) << name;
  }
  EXPECT_FALSE(disk.create_exclusive("link", "x"));
  disk.replace("link", "mine");  // replaces the link, not its target
  EXPECT_EQ(to_text(disk.read("link")), "mine");
  std::ifstream outside{scratch / "outside"};
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>{outside}, {}), "secret");
  EXPECT_FALSE(fs::exists(scratch / "new"));
}

TEST(PosixDisk, refuses_what_is_not_a_file) {
  const ScratchFolder scratch;
  const PosixDisk disk{scratch / "run"};
  ASSERT_EQ(::mkfifo((scratch / "run/fifo").c_str(), 0600), 0);
  EXPECT_THROW((void)disk.read("fifo"), core::Error);
  std::ofstream{scratch / "run/huge"}.close();
  ASSERT_EQ(::truncate((scratch / "run/huge").c_str(), off_t{1} << 40), 0);
  EXPECT_THROW((void)disk.read("huge"), core::Error);
}

std::string opening_error(const fs::path& folder) {
  try {
    const PosixDisk disk{folder};
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::io);
    EXPECT_EQ(error.place().file, folder.string());
    return std::string{error.what()} + " | " + error.hint();
  }
  return "(none)";
}

TEST(PosixDisk, says_what_is_wrong_with_the_folder) {
  const ScratchFolder scratch;
  std::ofstream{scratch / "file"} << "x";
  EXPECT_THAT(opening_error(scratch / "file"), HasSubstr("not a folder"));
  EXPECT_THAT(opening_error(scratch / "no/such"), HasSubstr("create the folder it lies in first"));
  fs::create_directory_symlink(scratch.path(), scratch / "link");
  EXPECT_THAT(opening_error(scratch / "link"), HasSubstr("symbolic link"));
  if (::geteuid() != 0) {
    EXPECT_THAT(opening_error("/"), HasSubstr("another user"));
    fs::create_directory(scratch / "locked");
    fs::permissions(scratch / "locked", fs::perms::owner_read | fs::perms::owner_exec);
    EXPECT_THAT(opening_error(scratch / "locked"), HasSubstr("permission"));
  }
  EXPECT_THAT(opening_error("/proc/run"), HasSubstr("cannot create the folder"));
}

TEST(PosixDisk, readers_change_nothing) {
  const ScratchFolder scratch;
  EXPECT_THROW((PosixDisk{scratch / "run", journal::FolderAccess::read_only}), core::Error);
  EXPECT_FALSE(fs::exists(scratch / "run"));
  { PosixDisk{scratch / "run"}.replace("a", "b"); }
  fs::create_directory_symlink(scratch / "run", scratch / "latest");
  const PosixDisk reader{scratch / "latest", journal::FolderAccess::read_only};
  EXPECT_EQ(to_text(reader.read("a")), "b");
}

TEST(PosixDisk, only_one_of_many_creates_a_file) {
  const ScratchFolder scratch;
  for (int round = 0; round < 20; ++round) {
    const std::string name = "claim" + std::to_string(round);
    std::atomic<int> winners{0};
    std::vector<std::thread> threads;
    for (int i = 0; i < 4; ++i) {
      threads.emplace_back([&] {
        PosixDisk mine{scratch / "run"};
        if (mine.create_exclusive(name, "x")) ++winners;
      });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(winners, 1);
  }
}

TEST(PosixDisk, performs_writes_in_order_and_looks_for_the_fence) {
  const ScratchFolder scratch;
  PosixDisk disk{scratch / "run"};
  disk.make_folder("journal");
  EXPECT_FALSE(disk.ready());
  EXPECT_FALSE(disk.wait(std::chrono::milliseconds{1}));
  auto first = request(1, "journal/a", "hello ");
  first.fence = "epoch/000002.claim";  // not even its folder exists
  auto second = request(2, "journal/a", "world");
  second.create = false;
  second.offset = 6;
  disk.submit(std::move(first));
  disk.submit(std::move(second));
  for (const auto& outcome : outcomes(disk, 2)) {
    EXPECT_EQ(outcome.error_number, 0);
    EXPECT_FALSE(outcome.fenced);
    EXPECT_FALSE(outcome.buffer.empty());
  }
  EXPECT_EQ(to_text(disk.read("journal/a")), "hello world");
  disk.make_folder("epoch");
  EXPECT_TRUE(disk.create_exclusive("epoch/000002.claim", ""));
  auto third = request(3, "journal/b", "x");
  third.fence = "epoch/000002.claim";
  disk.submit(std::move(third));
  const auto last = outcomes(disk, 1);
  EXPECT_EQ(last.at(0).ticket, 3U);
  EXPECT_TRUE(last.at(0).fenced);
  EXPECT_FALSE(disk.ready());
}

TEST(PosixDisk, the_first_error_is_the_last_word) {
  const ScratchFolder scratch;
  PosixDisk disk{scratch / "run"};
  disk.submit(request(1, "a", "x"));
  disk.submit(request(2, "a", "y"));  // must not exist
  disk.submit(request(3, "b", "z"));
  const auto all = outcomes(disk, 3);
  EXPECT_EQ(all.at(0).error_number, 0);
  EXPECT_EQ(all.at(1).error_number, EEXIST);
  EXPECT_EQ(all.at(2).error_number, EEXIST);
  EXPECT_EQ(to_text(disk.read("a")), "x");
  EXPECT_EQ(disk.read("b"), std::nullopt);
}

TEST(PosixDisk, a_file_is_not_opened_a_second_time) {
  const ScratchFolder scratch;
  PosixDisk disk{scratch / "run"};
  disk.replace("a", "x");
  auto again = request(1, "a", "y");
  again.create = false;
  disk.submit(std::move(again));
  EXPECT_EQ(outcomes(disk, 1).at(0).error_number, EBADF);
}

TEST(PosixDisk, reports_a_full_disk) {
  if (::access("/dev/full", W_OK) != 0) return;
  const int full = ::open("/dev/full", O_WRONLY);
  const std::byte byte{};
  EXPECT_EQ(journal::write_all(full, &byte, 1, 0), ENOSPC);
  ::close(full);
}

}  // namespace
}  // namespace foundation::testing
