#include "report/run_status.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "campaign/end_note.hpp"
#include "storage/process_stamp.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

using campaign::done_file;
using campaign::EndNote;
using campaign::failed_file;
using campaign::RecordKind;
using ::testing::HasSubstr;
using testing::RunWriter;
using testing::sample_start;
using testing::SampleOptions;
using testing::ScopedFolder;

constexpr core::WallLabel long_after = sample_start + 3'600'000'000'000;

journal::Claim dead_owner() {
  auto owner = RunWriter::this_owner();
  --owner.pid_start;
  return owner;
}

journal::Claim distant_owner() {
  auto owner = RunWriter::this_owner();
  owner.boot_id = "another machine";
  return owner;
}

/// Judgement of a sample run with these options, and the notes given.
class JudgeRun : public ::testing::Test {
 protected:
  RunStatus judge(const SampleOptions& options, core::WallLabel now = long_after) {
    testing::write_sample_run(folder_.path(), options);
    return judge_run(journal::PosixDisk{folder_.path()}, now);
  }
  RunStatus judge_again(core::WallLabel now = long_after) {
    return judge_run(journal::PosixDisk{folder_.path()}, now);
  }
  void note(std::string_view file, const EndNote& note) {
    journal::PosixDisk{folder_.path()}.replace(file, campaign::to_json(note));
  }
  ScopedFolder folder_{"status"};
};

TEST_F(JudgeRun, running_while_its_owner_lives) {
  const RunStatus status = judge({.finished = false});
  EXPECT_EQ(status.phase, Phase::running);
  EXPECT_EQ(status.exit_status, running_exit_status);
  EXPECT_EQ(status.best, 3);
  EXPECT_EQ(status.expected, 200U);
  EXPECT_THAT(describe(status, "run"), HasSubstr("running (process "));
}

TEST_F(JudgeRun, tells_of_the_nodes_and_services_of_the_last_session) {
  const RunStatus status = judge({.resumed = false, .owner = dead_owner()});
  EXPECT_EQ(status.health.overall, cluster::OverallStatus::degraded);
  EXPECT_EQ(status.services.size(), 1U);
  const std::string text = describe(status, "run");
  EXPECT_THAT(text, HasSubstr("nodes        degraded: 1 of 1 healthy, 1 workers"));
  EXPECT_THAT(text, HasSubstr("lost         rank 2 on node1: connection lost"));
  const auto json = nlohmann::json::parse(to_json(status, "run"));
  EXPECT_EQ(json["health"]["nodes"][0]["lost"][0]["rank"], 2);
  EXPECT_EQ(json["services"][0]["name"], "worker/1");
  EXPECT_EQ(json["optimization_started"], "2023-11-14T22:13:24Z");
}

TEST_F(JudgeRun, resumable_after_a_kill) {
  const RunStatus status = judge({.finished = false, .owner = dead_owner()});
  EXPECT_EQ(status.phase, Phase::stopped);
  EXPECT_EQ(status.exit_status, 3);
  EXPECT_THAT(describe(status, "run"), HasSubstr("without a word"));
}

TEST_F(JudgeRun, elsewhere_by_the_last_sign_of_life) {
  const SampleOptions options{.finished = false, .owner = distant_owner()};
  EXPECT_EQ(judge(options).phase, Phase::stopped);
  EXPECT_EQ(judge_again(sample_start + 60'000'000'000).phase, Phase::running);
}

TEST_F(JudgeRun, stopped_when_its_machine_has_booted_since) {
  auto owner = distant_owner();
  owner.host = storage::this_host();
  const RunStatus status = judge({.finished = false, .owner = owner}, sample_start);
  EXPECT_EQ(status.phase, Phase::stopped);
}

TEST_F(JudgeRun, done_by_the_journal_alone) {
  const RunStatus status = judge({.finished = true, .owner = dead_owner()});
  EXPECT_EQ(status.phase, Phase::done);
  EXPECT_EQ(status.exit_status, 0);
}

TEST_F(JudgeRun, notes_count_for_the_highest_epoch_only) {
  judge({.finished = false, .owner = dead_owner()});
  note(done_file, {1, 0, "old"});
  EXPECT_EQ(judge_again().phase, Phase::stopped);
  note(done_file, {2, 0, "all candidates evaluated"});
  EXPECT_EQ(judge_again().phase, Phase::done);
  note(done_file, {2, 4, "nothing valid"});
  EXPECT_EQ(judge_again().phase, Phase::done);
  EXPECT_EQ(judge_again().exit_status, 4);
  note(done_file, {2, 3, "SIGTERM"});
  EXPECT_EQ(judge_again().phase, Phase::stopped);
  EXPECT_EQ(judge_again().exit_status, 3);
}

TEST_F(JudgeRun, failed_by_its_note) {
  judge({.finished = false, .owner = dead_owner()});
  note(failed_file, {2, 70, "disk full"});
  const RunStatus status = judge_again();
  EXPECT_EQ(status.phase, Phase::failed);
  EXPECT_EQ(status.exit_status, 5);
  EXPECT_THAT(to_json(status, "run"), HasSubstr(R"("reason": "disk full")"));
}

TEST_F(JudgeRun, stopped_with_its_reason) {
  RunWriter writer{folder_.path()};
  writer.begin_epoch(dead_owner());
  writer.add(RecordKind::job, testing::sample_job({}));
  writer.add(RecordKind::stopped, campaign::StoppedRecord{"stop file", sample_start});
  writer.flush();
  const RunStatus status = judge_again();
  EXPECT_EQ(status.phase, Phase::stopped);
  EXPECT_EQ(status.reason, "stop file");
}

TEST_F(JudgeRun, before_anything_is_written) {
  const RunStatus status = judge_again();
  EXPECT_EQ(status.phase, Phase::stopped);
  EXPECT_THAT(status.reason, HasSubstr("nothing has been done"));
}

}  // namespace
}  // namespace foundation::report
