#include "report/verify.hpp"

#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "report/publish.hpp"
#include "storage/publish_file.hpp"
#include "storage/schema.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

std::optional<core::Digest> same_trainset(const campaign::JobRecord& job) { return job.data; }

class VerifyRun : public ::testing::Test {
 protected:
  VerifyRun() { testing::write_sample_run(folder_.path()); }
  void rebuild(Completeness completeness = Completeness::complete) {
    rebuild_view(folder_.path(), journal::PosixDisk{folder_.path()}, completeness, 0);
  }
  Verification verify(const TrainsetDigest& trainset = same_trainset) {
    return verify_run(folder_.path(), journal::PosixDisk{folder_.path()}, trainset);
  }
  /// Text of the report of a run that must be damaged.
  std::string damage(const TrainsetDigest& trainset = same_trainset) {
    const Verification result = verify(trainset);
    EXPECT_FALSE(result.is_clean());
    return describe(result, "run");
  }
  fs::path newest_segment() {
    fs::path newest;
    for (const auto& entry : fs::directory_iterator{folder_.path() / "journal"})
      if (entry.path().extension() == ".log") newest = std::max(newest, entry.path());
    return newest;
  }
  testing::ScopedFolder folder_{"verify"};
};

TEST_F(VerifyRun, sound_run_is_clean) {
  rebuild();
  const Verification result = verify();
  EXPECT_TRUE(result.is_clean());
  EXPECT_TRUE(result.findings.empty()) << describe(result, "run");
  EXPECT_EQ(result.evaluations, 180U);
  EXPECT_THAT(describe(result, "run"), HasSubstr("run: all is well"));
  EXPECT_THAT(to_json(result, "run"), HasSubstr("\"clean\": true"));
}

TEST_F(VerifyRun, partial_view_of_a_finished_run_is_worth_a_note) {
  rebuild(Completeness::partial);
  const Verification result = verify();
  EXPECT_TRUE(result.is_clean());
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_THAT(result.findings[0].what, HasSubstr("partial view"));
}

TEST_F(VerifyRun, older_view_is_compared_with_the_journal_of_its_time) {
  rebuild(Completeness::complete);
  {
    testing::RunWriter writer{folder_.path()};
    writer.begin_epoch();
    writer.add(campaign::RecordKind::stopped, campaign::StoppedRecord{"later", 1});
    writer.flush();
  }
  const Verification result = verify();
  EXPECT_TRUE(result.is_clean()) << describe(result, "run");
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_THAT(result.findings[0].remedy, HasSubstr("up to date"));
}

TEST_F(VerifyRun, missing_view) {
  EXPECT_THAT(damage(), HasSubstr("there is no run.h5"));
  EXPECT_THAT(damage(), HasSubstr("foundation rebuild"));
}

TEST_F(VerifyRun, view_of_another_run) {
  const testing::ScopedFolder other{"verify-other"};
  testing::write_sample_run(other.path(), {.candidates = 3});
  rebuild_view(other.path(), journal::PosixDisk{other.path()}, Completeness::complete, 0);
  fs::copy_file(other.path() / view_file, folder_.path() / view_file);
  EXPECT_THAT(damage(), HasSubstr("run.h5 does not say what the journal says"));
}

TEST_F(VerifyRun, view_that_is_no_hdf5_file) {
  std::ofstream{folder_.path() / view_file} << "some text instead";
  EXPECT_THAT(damage(), HasSubstr("it is not an HDF5 file"));
}

TEST_F(VerifyRun, view_with_a_changed_number) {
  rebuild(Completeness::partial);
  const fs::path path = folder_.path() / view_file;
  std::fstream file{path, std::ios::binary | std::ios::in | std::ios::out};
  std::string bytes{std::istreambuf_iterator<char>{file}, {}};
  const double rate = 12.5;
  const auto at = bytes.find(std::string{reinterpret_cast<const char*>(&rate), sizeof rate});
  ASSERT_NE(at, std::string::npos);
  file.clear();
  file.seekp(static_cast<std::streamoff>(at));
  const double other = 13.5;
  file.write(reinterpret_cast<const char*>(&other), sizeof other);
  file.close();
  EXPECT_THAT(damage(), HasSubstr("run.h5 was changed or damaged"));
}

TEST_F(VerifyRun, view_ahead_of_its_journal) {
  const journal::PosixDisk disk{folder_.path()};
  const RunView view = read_run_view(disk);
  storage::publish_file(folder_.path() / view_file, storage::Layout::contiguous,
                        [&](storage::FileWriter& writer) {
                          RunView later = view;
                          later.sequence += 10;
                          publish_tables(later, Completeness::complete, writer);
                        });
  EXPECT_THAT(damage(), HasSubstr("it has lost records"));
}

TEST_F(VerifyRun, damaged_journal) {
  rebuild();
  const fs::path first = folder_.path() / "journal";
  fs::path segment;
  for (const auto& entry : fs::directory_iterator{first})
    if (entry.path().extension() == ".log" && (segment.empty() || entry.path() < segment))
      segment = entry.path();
  std::fstream file{segment, std::ios::binary | std::ios::in | std::ios::out};
  file.seekp(300);
  file.put('\x55');
  file.close();
  const std::string text = damage();
  EXPECT_THAT(text, HasSubstr(segment.filename().string()));
  EXPECT_THAT(text, HasSubstr("help: "));
}

TEST_F(VerifyRun, torn_tail_is_worth_a_note) {
  rebuild();
  std::ofstream{newest_segment(), std::ios::binary | std::ios::app} << "half a record";
  const Verification result = verify();
  EXPECT_TRUE(result.is_clean()) << describe(result, "run");
  ASSERT_EQ(result.findings.size(), 1U);
  EXPECT_THAT(result.findings[0].what, HasSubstr("never acknowledged"));
}

TEST_F(VerifyRun, changed_or_missing_trainset) {
  rebuild();
  EXPECT_THAT(damage([](const campaign::JobRecord&) {
                return core::Digest{1, 1};
              }),
              HasSubstr("'examples.jsonl' has changed"));
  EXPECT_THAT(damage([](const campaign::JobRecord&) -> std::optional<core::Digest> {
                throw core::Error{core::ErrorKind::bad_input, "line 7 is no JSON"};
              }),
              HasSubstr("line 7 is no JSON"));
  const Verification gone =
      verify([](const campaign::JobRecord&) { return std::optional<core::Digest>{}; });
  EXPECT_TRUE(gone.is_clean());
  EXPECT_THAT(describe(gone, "run"), HasSubstr("is gone"));
}

TEST_F(VerifyRun, hostile_view_is_damage_and_not_a_crash) {
  rebuild();
  const fs::path view = folder_.path() / "run.h5";
  std::ifstream stream{view, std::ios::binary};
  const std::string whole{std::istreambuf_iterator<char>{stream}, {}};
  for (std::size_t at = 8; at < whole.size(); at += whole.size() / 40) {
    std::string content = whole;
    content.replace(at, std::min<std::size_t>(16, content.size() - at), 16, '\xff');
    std::ofstream{view, std::ios::binary} << content;
    EXPECT_NO_THROW((void)verify()) << "bytes " << at;
  }
}

}  // namespace
}  // namespace foundation::report
