#include "report/merge.hpp"

#include <algorithm>
#include <cmath>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "report/publish.hpp"
#include "storage/memory_tables.hpp"
#include "storage/schema.hpp"
#include "tests/journal/scratch_folder.hpp"
#include "tests/report/sample_run.hpp"

namespace foundation::report {
namespace {

namespace schema = storage::schema;
using foundation::testing::ScratchFolder;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

/// The sample run as if it had been run with other seeds and come to other results.
class MergeTest : public ::testing::Test {
 protected:
  MergeTest() { foundation::testing::write_sample_run(folder_.path()); }

  [[nodiscard]] RunView run(std::uint64_t seed, double validation = 0.8, double test = 0.7) const {
    const journal::PosixDisk disk{folder_.path(), journal::FolderAccess::read_only};
    RunView view = read_run_view(disk);
    view.job->seed = seed;
    view.job->job_toml = "[job]\nseed = " + std::to_string(seed) + "\n[strategy]\nheat = 4\n";
    view.finished->validation_winner = validation;
    view.finished->test_winner.estimate = test;
    view.finished->test_evaluations = 20;
    return view;
  }
  static std::string refusal(Merge& merge, const RunView& view) {
    try {
      merge.add("other", view);
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return std::string{error.what()} + " " + error.hint();
    }
    return "accepted";
  }

 private:
  ScratchFolder folder_;
};

TEST_F(MergeTest, puts_the_tables_of_all_runs_below_each_other) {
  Merge merge;
  storage::MemoryTables one;
  const RunView first = run(1);
  publish_tables(first, Completeness::complete, one);
  for (const std::uint64_t seed : {1U, 2U, 3U}) merge.add("run", run(seed));
  storage::MemoryTables all;
  merge.publish(all, 0);
  for (const std::string& table : one.tables()) {
    EXPECT_EQ(all.rows(table), 3 * one.rows(table)) << table;
    const auto runs = all.values<std::uint32_t>(table, "run");
    EXPECT_TRUE(std::ranges::is_sorted(runs)) << table;
    EXPECT_TRUE(runs.empty() || runs.back() == 2U) << table;
    for (const std::string& column : one.columns(table))
      EXPECT_THAT(all.columns(table), ::testing::Contains(column)) << table;
  }
  EXPECT_EQ(all.values<std::string>(schema::result::table, "stop_reason").size(), 3U);
}

TEST_F(MergeTest, keeps_the_texts_where_their_table_says) {
  Merge merge;
  for (const std::uint64_t seed : {1U, 2U}) merge.add("run", run(seed));
  storage::MemoryTables all;
  merge.publish(all, 0);
  const std::string heap = all.heap(schema::outputs::table);
  const auto offset = all.values<std::int64_t>(schema::outputs::table, "offset");
  const auto length = all.values<std::int64_t>(schema::outputs::table, "length");
  const std::size_t half = offset.size() / 2;
  ASSERT_GT(half, 0U);
  for (std::size_t i = 0; i < half; ++i)
    EXPECT_EQ(heap.substr(static_cast<std::size_t>(offset[i]), static_cast<std::size_t>(length[i])),
              heap.substr(static_cast<std::size_t>(offset[half + i]),
                          static_cast<std::size_t>(length[half + i])));
  EXPECT_GT(offset[half], offset[half - 1]);
}

TEST_F(MergeTest, sums_up_the_winners) {
  Merge merge;
  merge.add("a", run(1, 0.80, 0.60));
  merge.add("b", run(2, 0.90, 0.70));
  merge.add("c", run(3, 0.85, 0.80));
  const MergeSummary summary = merge.summarise();
  EXPECT_EQ(summary.best, 1U) << "by validation, not by test";
  EXPECT_NEAR(summary.test_mean, 0.7, 1e-12);
  EXPECT_NEAR(summary.test_deviation, 0.1, 1e-12);
  EXPECT_EQ(summary.test_least, 0.60);
  EXPECT_EQ(summary.test_largest, 0.80);
  EXPECT_EQ(summary.winners, 1U);
  EXPECT_THAT(to_text(merge, "m.h5"), HasSubstr("all runs chose the same"));
  EXPECT_THAT(to_json(merge, "m.h5"), HasSubstr("\"same_winner\": true"));
}

TEST_F(MergeTest, minimises_where_the_metric_does) {
  Merge merge;
  for (const double score : {0.9, 0.2, 0.5}) {
    RunView view = run(static_cast<std::uint64_t>(score * 10), score);
    view.job->maximise = false;
    merge.add("run", view);
  }
  EXPECT_EQ(merge.summarise().best, 1U);
}

TEST_F(MergeTest, tells_winners_apart_by_what_they_are) {
  Merge merge;
  merge.add("a", run(1));
  RunView same = run(2);  // another order of the train split, the same examples shown
  auto& train = same.examples[0];
  std::ranges::reverse(train);
  auto& winner = same.proposals[same.finished->winner].candidate.assignment;
  auto shown = winner.demonstrations("shown");
  for (auto& position : shown.positions)
    position = static_cast<std::uint32_t>(train.size()) - 1 - position;
  winner.set("shown", shown);
  merge.add("b", same);
  EXPECT_EQ(merge.summarise().winners, 1U);
  RunView other = run(3);
  other.proposals[other.finished->winner].candidate.assignment.set("rule", std::string{"none"});
  merge.add("c", other);
  EXPECT_EQ(merge.summarise().winners, 2U);
  EXPECT_THAT(to_text(merge, "m.h5"), HasSubstr("2 different ones"));
}

TEST_F(MergeTest, says_nothing_about_tests_that_were_not_made) {
  Merge merge;
  RunView view = run(1);
  view.finished->test_evaluations = 0;
  merge.add("a", view);
  EXPECT_TRUE(std::isnan(merge.summarise().test_mean));
  EXPECT_THAT(to_text(merge, "m.h5"), HasSubstr("no test"));
  EXPECT_THAT(to_json(merge, "m.h5"), HasSubstr("\"test_mean\": null"));
}

TEST_F(MergeTest, fills_up_columns_that_a_run_does_not_have) {
  Merge merge;
  RunView with_more = run(2);
  for (auto& proposal : with_more.proposals) proposal.candidate.assignment.set("extra", 1.5);
  merge.add("a", run(1));
  merge.add("b", with_more);
  merge.add("c", run(3));
  storage::MemoryTables all;
  merge.publish(all, 0);
  const auto extra = all.values<double>(schema::candidates::table, "param_extra");
  ASSERT_EQ(extra.size(), 12U);
  EXPECT_TRUE(std::isnan(extra[3]));
  EXPECT_EQ(extra[4], 1.5);
  EXPECT_TRUE(std::isnan(extra[8]));
}

TEST_F(MergeTest, refuses_what_does_not_belong_together) {
  Merge merge;
  merge.add("first", run(1));
  EXPECT_THAT(refusal(merge, run(1)), HasSubstr("the same seed, 1, as 'first'"));
  RunView view = run(2);
  view.job->job_toml = "[job]\nseed = 2\n[strategy]\nheat = 8\n";
  EXPECT_THAT(refusal(merge, view), HasSubstr("strategy.heat: 4 and 8"));
  view = run(2);
  view.job->data = {1, 1};
  EXPECT_THAT(refusal(merge, view), HasSubstr("other examples"));
  view = run(2);
  view.job->program = "another";
  EXPECT_THAT(refusal(merge, view), HasSubstr("its program is not that"));
  view = run(2);
  view.state = RunState::stopped;
  EXPECT_THAT(refusal(merge, view), HasSubstr("no result yet"));
  EXPECT_EQ(merge.runs().size(), 1U) << "what was refused left nothing";
  EXPECT_EQ(refusal(merge, run(2)), "accepted");
}

TEST(DifferingKeys, leaves_out_what_may_differ) {
  EXPECT_THAT(differing_keys("[job]\nname = \"a\"\nseed = 1\n[trainset]\nfile = \"x\"\n"
                             "[execution]\nslots = 3\n[run]\nfolder = \"r\"\n",
                             "[job]\nname = \"b\"\nseed = 2\n[trainset]\nfile = \"y\"\n"),
              IsEmpty());
}

TEST(DifferingKeys, names_keys_and_values) {
  EXPECT_THAT(differing_keys("[a]\nx = 1\ny = \"p = q\"\n[b]\nx = 1\n",
                             "[a]\nx = 2\ny = \"p = q\"\n[c]\nz = 3\n"),
              ElementsAre("a.x: 1 and 2", "b.x: 1 and nothing", "c.z: nothing and 3"));
}

}  // namespace
}  // namespace foundation::report
