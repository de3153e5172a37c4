#include <chrono>
#include <csignal>
#include <thread>
#include <sys/wait.h>
#include <unistd.h>

#include <gtest/gtest.h>

#include "core/random.hpp"
#include "report/publish.hpp"
#include "storage/load_file.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

namespace fs = std::filesystem;

std::size_t count_temporary_files(const fs::path& folder) {
  std::size_t count = 0;
  for (const auto& entry : fs::directory_iterator{folder})
    if (entry.path().extension() == ".tmp") ++count;
  return count;
}

void rebuild(const fs::path& folder, Completeness completeness) {
  rebuild_view(folder, journal::PosixDisk{folder}, completeness, testing::sample_start);
}

/// Publishes for ever, partial and complete in turn, until it is killed.
[[noreturn]] void publish_for_ever(const fs::path& folder) {
  try {
    for (;;) {
      rebuild(folder, Completeness::partial);
      rebuild(folder, Completeness::complete);
    }
  } catch (...) {
    ::_exit(1);
  }
}

TEST(RebuildView, killed_at_any_moment_leaves_a_readable_file) {
  constexpr int kills = 50;
  const testing::ScopedFolder folder{"rebuild-kill"};
  testing::write_sample_run(folder.path(), {.candidates = 40, .examples = 50});
  rebuild(folder.path(), Completeness::partial);
  core::Stream chance{11, core::Purpose::simulate};
  for (int kill = 0; kill < kills; ++kill) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) publish_for_ever(folder.path());
    std::this_thread::sleep_for(std::chrono::microseconds{1000 + chance.below(60'000)});
    ::kill(child, SIGKILL);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_TRUE(WIFSIGNALED(status)) << "the publisher ended by itself";
    const auto tables = storage::load_tables(folder.path() / view_file);
    EXPECT_EQ(tables.rows("candidates"), 40U);
    EXPECT_EQ(storage::load_content_digest(folder.path() / view_file).hex(),
              tables.text_attribute({}, "content_digest"));
  }
  rebuild(folder.path(), Completeness::complete);
  EXPECT_EQ(count_temporary_files(folder.path()), 0U);
}

}  // namespace
}  // namespace foundation::report
