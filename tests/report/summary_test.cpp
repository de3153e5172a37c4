#include "report/summary.hpp"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "report/publish.hpp"
#include "storage/load_file.hpp"
#include "storage/memory_tables.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using testing::SampleOptions;
using testing::ScopedFolder;

constexpr std::size_t shown = 10;
const ReportPlace place{"runs/sample", "runs/sample/run.h5", "runs/sample"};

Summary sample_summary(const SampleOptions& options = {}) {
  const ScopedFolder folder{"summary"};
  testing::write_sample_run(folder.path(), options);
  storage::MemoryTables tables;
  publish_tables(read_run_view(journal::PosixDisk{folder.path()}), Completeness::partial, tables);
  return summarise(tables);
}

TEST(Summary, is_the_same_from_journal_and_file) {
  const ScopedFolder folder{"summary-file"};
  testing::write_sample_run(folder.path());
  const journal::PosixDisk disk{folder.path()};
  storage::MemoryTables tables;
  publish_tables(read_run_view(disk), Completeness::partial, tables);
  for (const auto completeness : {Completeness::partial, Completeness::complete}) {
    rebuild_view(folder.path(), disk, completeness, 0);
    EXPECT_EQ(to_json(summarise(storage::load_tables(folder.path() / view_file)), place, shown),
              to_json(summarise(tables), place, shown));
  }
}

TEST(Summary, puts_the_best_complete_candidate_first) {
  const Summary summary = sample_summary();
  std::vector<std::uint32_t> order;
  for (const auto& candidate : summary.candidates) order.push_back(candidate.index);
  EXPECT_EQ(order, (std::vector<std::uint32_t>{3, 2, 1, 0}));
  EXPECT_EQ(summary.evaluations, 180U);
  EXPECT_EQ(summary.racing.heats, 1U);
  EXPECT_EQ(summary.racing.stopped_early, 2U);
  EXPECT_EQ(summary.racing.validation_cells, 60U);
  EXPECT_EQ(summary.racing.full_matrix, 80U);
  ASSERT_EQ(summary.failures.size(), 1U);
  EXPECT_EQ(summary.failures[0].kind, "timeout");
}

TEST(SummaryText, tells_the_story) {
  const std::string text = to_text(sample_summary(), place, 2);
  for (const char* part :
       {"runs/sample: finished", "accuracy (more is better)",
        "winner      c3 (random): rule=bayes, k=4, smoothing=1.5",
        "test        0.74 (95 % interval 0.7 to 0.78)", "difference  0.24",
        "better than the baseline", "winner's curse", "so validation flatters it",
        "best candidates on validation (2 of 4)", "1 heat stopped 2 of 4 candidates early",
        "timeout", "1.2    node1", "lost: connection lost", "tables   runs/sample/run.h5",
        "foundation verify runs/sample"})
    EXPECT_THAT(text, HasSubstr(part));
}

TEST(SummaryText, tells_what_the_winner_is_set_to) {
  const Summary summary = sample_summary();
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("\nsettings of the winner\n"
                                                        "  rule       bayes\n"
                                                        "  k          4\n"
                                                        "  lower      true\n"
                                                        "  shown      [3,4]\n"
                                                        "  smoothing  1.5\n"));
  EXPECT_THAT(
      to_plain(summary, shown),
      HasSubstr("setting\trule\tbayes\nsetting\tk\t4\nsetting\tlower\ttrue\nsetting\tshown\t[3,4]\n"
                "setting\tsmoothing\t1.5\n"));
  const auto json = nlohmann::json::parse(to_json(summary, place, shown));
  EXPECT_EQ(
      json["result"]["settings"],
      nlohmann::json(
          {{"rule", "bayes"}, {"k", 4}, {"lower", true}, {"shown", "[3,4]"}, {"smoothing", 1.5}}));
}

TEST(SummaryText, tells_of_texts) {
  const Summary summary = sample_summary({.texts = true});
  EXPECT_EQ(summary.texts.requests, 2U);
  EXPECT_EQ(summary.texts.samples, 4U);
  EXPECT_EQ(summary.texts.failed, 1U);
  EXPECT_EQ(summary.evaluations, 184U);
  const std::string text = to_text(summary, place, shown);
  EXPECT_THAT(text, HasSubstr("3 written for the strategy, in 2 requests; 1 could not be"));
  EXPECT_THAT(text,
              HasSubstr("invalid_output  1 (0.5 %)\n    text request 1, sample 2: the model's "
                        "answer was cut"));
  EXPECT_THAT(to_plain(summary, shown), HasSubstr("\ntexts\t2\t4\t1\n"));
  const auto json = nlohmann::json::parse(to_json(summary, place, shown));
  EXPECT_EQ(json["texts"]["samples"], 4);
  EXPECT_EQ(json["failures"]["invalid_output"], 1);
  EXPECT_THAT(to_text(sample_summary(), place, shown), Not(HasSubstr("written for")));
}

TEST(SummaryText, of_an_unfinished_and_an_empty_run) {
  EXPECT_THAT(to_text(sample_summary({.finished = false}), place, shown), HasSubstr("none yet"));
  storage::MemoryTables tables;
  publish_tables(RunView{}, Completeness::partial, tables);
  const Summary summary = summarise(tables);
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("nothing has been written yet"));
  EXPECT_TRUE(nlohmann::json::accept(to_json(summary, place, shown)));
}

TEST(SummaryText, when_no_candidate_is_valid) {
  Summary summary = sample_summary();
  summary.result->winner = -1;
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("no candidate has a valid score"));
}

TEST(SummaryText, lists_the_nodes_and_why_one_has_fewer_slots_than_asked) {
  const std::string text = to_text(sample_summary(), place, shown);
  EXPECT_THAT(text, HasSubstr("    1.node1                     3    2 of 8     8   9.5  4.0 GiB of "
                              "16.0 GiB free\n      GPUs 0 1\n      1 rank lost\n"
                              "      10 slots asked for: max_workers = 8 in all\n"));
  EXPECT_THAT(text, HasSubstr("    2.node2"));
}

TEST(SummaryText, when_less_is_better) {
  Summary summary = sample_summary();
  summary.job->maximise = false;
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("worse than the baseline"));
  summary.result->test_difference = {-0.2, -0.3, -0.1};
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("verdict     better than the baseline"));
  summary.result->test_difference = {-0.2, -0.3, 0.1};
  EXPECT_THAT(to_text(summary, place, shown), HasSubstr("no clear difference"));
}

TEST(SummaryJson, has_the_documented_members) {
  const auto json = nlohmann::json::parse(to_json(sample_summary(), place, 3));
  EXPECT_EQ(json["schema"], "foundation.report");
  EXPECT_EQ(json["schemaVersion"], 1);
  EXPECT_EQ(json["state"], "finished");
  EXPECT_EQ(json["result"]["winner"], 3);
  EXPECT_EQ(json["result"]["test_difference"]["low"], 0.18);
  EXPECT_TRUE(json["result"]["validation_baseline"].is_null());  // NaN
  EXPECT_EQ(json["candidates"].size(), 3U);
  EXPECT_EQ(json["candidate_count"], 4);
  EXPECT_EQ(json["failures"].size(), 1U);
  EXPECT_EQ(json["workers"].size(), 4U);
  ASSERT_EQ(json["nodes"].size(), 2U);
  EXPECT_EQ(json["nodes"][0]["ranks"], 3);
  EXPECT_EQ(json["nodes"][0]["note"], "max_workers = 8 in all");
  EXPECT_TRUE(json["nodes"][1]["ranks"].is_null());
  EXPECT_EQ(json["job"]["created_at"], "2023-11-14T22:13:20Z");
}

TEST(SummaryPlain, has_one_record_a_line) {
  const std::string text = to_plain(sample_summary(), shown);
  EXPECT_THAT(text, HasSubstr("test_difference\t0.24\t0.18\t0.3\n"));
  EXPECT_THAT(text, HasSubstr("candidate\t3\t0.8\t20\tcomplete\trandom\t"));
}

/// Texts from outside must neither reach the terminal as commands nor break lines or JSON.
TEST(SummaryOutputs, neutralise_hostile_texts) {
  const std::string evil = "\x1b]0;owned\x07\x1b[2J\n\"quoted\"\ttab\xE2\x80\xAE\xC2\x9B\xFF";
  const Summary summary = sample_summary({.decoration = evil});
  for (const std::string& text : {to_text(summary, place, shown), to_plain(summary, shown)}) {
    EXPECT_THAT(text, Not(HasSubstr("\x1b")));
    EXPECT_THAT(text, Not(HasSubstr("\x07")));
    EXPECT_THAT(text, Not(HasSubstr("\xE2\x80\xAE")));
    EXPECT_THAT(text, Not(HasSubstr("\xC2\x9B")));
    EXPECT_THAT(text, HasSubstr("\\x1b[2J\\n\"quoted\""));
  }
  const std::string json = to_json(summary, place, shown);
  EXPECT_TRUE(std::ranges::none_of(
      json, [](char letter) { return letter < ' ' && letter >= 0 && letter != '\n'; }));
  EXPECT_TRUE(nlohmann::json::accept(json));
}

}  // namespace
}  // namespace foundation::report
