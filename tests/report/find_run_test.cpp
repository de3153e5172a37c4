#include "report/find_run.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class FindRun : public ::testing::Test {
 protected:
  FindRun() {
    for (const char* name : {"alpha-20260101-otter", "alpha-20260102-heron", "beta-20260103-lynx"})
      fs::create_directories(runs_ / name / "journal");
    fs::create_directories(runs_ / "not-a-run");
    fs::create_symlink("beta-20260103-lynx", runs_ / "latest");
  }
  std::string message(std::string_view text) {
    try {
      static_cast<void>(find_run(text, runs_));
    } catch (const core::Error& error) {
      EXPECT_EQ(core::exit_status(error.kind()), 2);
      return std::string{error.what()} + " | " + error.hint();
    }
    return "no error";
  }
  testing::ScopedFolder folder_{"find-run"};
  fs::path runs_ = folder_.path() / "runs";
};

TEST_F(FindRun, by_name_prefix_path_and_last) {
  const fs::path lynx = runs_ / "beta-20260103-lynx";
  for (const std::string& text : {std::string{"beta-20260103-lynx"}, std::string{"be"},
                                  std::string{"last"}, lynx.string(), lynx.string() + "/"}) {
    const RunLocation found = find_run(text, runs_);
    EXPECT_TRUE(fs::equivalent(found.folder, lynx)) << text;
    EXPECT_EQ(found.file.filename(), "run.h5");
    EXPECT_TRUE(found.has_journal());
    EXPECT_THAT(found.name(), HasSubstr("beta-20260103-lynx"));
  }
}

TEST_F(FindRun, by_its_file_or_a_lone_file) {
  const fs::path lynx = runs_ / "beta-20260103-lynx";
  std::ofstream{lynx / "run.h5"} << "x";
  std::ofstream{folder_.path() / "copy.h5"} << "x";
  EXPECT_TRUE(fs::equivalent(find_run((lynx / "run.h5").string(), runs_).folder, lynx));
  const RunLocation lone = find_run((folder_.path() / "copy.h5").string(), runs_);
  EXPECT_TRUE(lone.folder.empty());
  EXPECT_FALSE(lone.has_journal());
  EXPECT_EQ(lone.name(), (folder_.path() / "copy.h5").string());
}

TEST_F(FindRun, refuses_with_help) {
  EXPECT_THAT(message("alpha"), HasSubstr("more than one run begins with 'alpha'"));
  EXPECT_THAT(message("alpha"), HasSubstr("alpha-20260101-otter alpha-20260102-heron"));
  EXPECT_THAT(message("beta-20260103-linx"), HasSubstr("did you mean 'beta-20260103-lynx'?"));
  EXPECT_THAT(message("gamma"), HasSubstr("the newest in"));
  EXPECT_THAT(message("not-a-run"), HasSubstr("there is no run 'not-a-run'"));
  EXPECT_THAT(message(""), HasSubstr("there is no run ''"));
  EXPECT_THAT(message("\x1b[2J"), HasSubstr("'\\x1b[2J'"));
}

TEST(FindRunNowhere, says_that_there_are_no_runs) {
  try {
    static_cast<void>(find_run("last", "no-such-folder"));
    FAIL() << "found a run nowhere";
  } catch (const core::Error& error) {
    EXPECT_THAT(error.hint(), HasSubstr("there are no runs in 'no-such-folder'"));
  }
}

}  // namespace
}  // namespace foundation::report
