#include "storage/publish_file.hpp"

#include <csignal>
#include <fstream>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "storage/content_digest.hpp"
#include "storage/file_reader.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::storage {
namespace {

using ::testing::HasSubstr;
using testing::SampleTables;
using testing::ScopedFolder;

std::size_t count_files(const std::filesystem::path& folder) {
  return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator{folder}, {}));
}

core::Digest publish_sample(const std::filesystem::path& path, const SampleTables& sample = {}) {
  return publish_file(path, Layout::contiguous, [&](FileWriter& writer) { sample.write(writer); });
}

TEST(PublishFile, replaces_in_one_step_and_leaves_nothing_behind) {
  const ScopedFolder folder{"publish"};
  const auto path = folder.path() / "run.h5";
  const auto first = publish_sample(path);
  const FileReader old_reader{path};
  SampleTables other;
  other.small[1] = 42;
  const auto second = publish_sample(path, other);
  EXPECT_NE(first, second);
  EXPECT_EQ(content_digest(old_reader), first);  // an open reader keeps its file
  EXPECT_EQ(content_digest(FileReader{path}), second);
  EXPECT_EQ(count_files(folder.path()), 1U);
  struct stat status {};
  ASSERT_EQ(::stat(path.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777U, 0600U);
}

TEST(PublishFile, keeps_the_old_file_when_writing_fails) {
  const ScopedFolder folder{"publish-fails"};
  const auto path = folder.path() / "run.h5";
  const auto digest = publish_sample(path);
  EXPECT_THROW(publish_file(path, Layout::contiguous,
                            [](FileWriter& writer) {
                              SampleTables{}.write(writer);
                              throw core::Error{core::ErrorKind::io, "the source broke"};
                            }),
               core::Error);
  EXPECT_EQ(content_digest(FileReader{path}), digest);
  EXPECT_EQ(count_files(folder.path()), 1U);
}

/// A full disk, as a limit of the file's size: the system's reason is named, nothing stays.
TEST(PublishFile, names_the_reason_when_the_disk_is_full) {
  const ScopedFolder folder{"publish-full"};
  const auto path = folder.path() / "run.h5";
  const auto digest = publish_sample(path);
  const std::vector<double> values(100'000, 1.5);
  struct rlimit before {};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  struct rlimit tight = before;
  tight.rlim_cur = 200'000;
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &tight), 0);
  std::string message;
  try {
    publish_file(path, Layout::contiguous, [&](FileWriter& writer) {
      SampleTables{}.write(writer);
      writer.begin_table("long", "", values.size());
      writer.add_column({"value", "value"}, std::span{values});
    });
  } catch (const core::Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("File too large"));
  EXPECT_EQ(content_digest(FileReader{path}), digest);
  EXPECT_EQ(count_files(folder.path()), 1U);
  EXPECT_EQ(publish_sample(path), digest);  // the library is still usable
}

/// The limit of a file's size ends the child in the middle of writing, as a kill would.
TEST(PublishFile, clears_away_what_a_killed_process_left) {
  const ScopedFolder folder{"publish-killed"};
  const auto path = folder.path() / "run.h5";
  const auto digest = publish_sample(path);
  const pid_t child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    const struct rlimit tight = {1000, 1000};
    ::setrlimit(RLIMIT_FSIZE, &tight);
    ::setrlimit(RLIMIT_CORE, &tight);
    publish_sample(path);
    ::_exit(0);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_EQ(count_files(folder.path()), 2U);
  EXPECT_EQ(content_digest(FileReader{path}), digest);
  publish_sample(path);
  EXPECT_EQ(count_files(folder.path()), 1U);
}

TEST(PublishFile, refuses_a_folder_that_is_not_there) {
  try {
    publish_sample("no-such-folder/run.h5");
    FAIL() << "published into nowhere";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::io);
    EXPECT_THAT(error.what(), HasSubstr("No such file or directory"));
  }
}

TEST(PublishFile, leaves_files_alone_that_only_look_alike) {
  const ScopedFolder folder{"look-alike"};
  const auto path = folder.path() / "run.h5";
  for (const char* name : {".run.h5.notes.tmp", ".other.h5.0.1.2.3.tmp", "run.h5.tmp"})
    std::ofstream{folder.path() / name} << "mine";
  publish_sample(path);
  EXPECT_EQ(count_files(folder.path()), 4U);
}

}  // namespace
}  // namespace foundation::storage
