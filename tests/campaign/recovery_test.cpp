#include "campaign/recovery.hpp"

#include <limits>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/campaign/harness.hpp"

namespace foundation::campaign {
namespace {

using foundation::testing::MemoryDisk;
using foundation::testing::MemoryStorage;
using model::CellStatus;
using model::Split;
using ::testing::HasSubstr;

/// Writes records by hand and reads them back.
class RecoveryTest : public ::testing::Test {
 protected:
  RecoveryTest() {
    options.epoch = journal::claim_epoch(disk, {}).epoch;
    writer.emplace(options);
  }
  template <class Record>
  void append(RecordKind kind, const Record& record) {
    writer->append(static_cast<journal::RecordType>(kind), encode(record), {});
  }
  void append_results(model::CandidateIndex candidate, std::uint32_t begin,
                      const std::vector<CellStatus>& statuses, Split split = Split::validation) {
    ResultsHeader header;
    header.candidate = candidate;
    header.begin = begin;
    header.count = static_cast<std::uint32_t>(statuses.size());
    header.split = split;
    std::vector<model::CellResult> cells(statuses.size());
    for (std::size_t i = 0; i < statuses.size(); ++i) cells[i].status = statuses[i];
    std::vector<std::string> texts;
    if (split == Split::request) {
      header.has_outputs = 1;
      for (std::size_t i = 0; i < statuses.size(); ++i) {
        cells[i].output = statuses[i] == CellStatus::ok ? 1 : 0;
        texts.push_back("text " + std::to_string(begin + i));
      }
    }
    std::vector<std::byte> payload;
    encode_results(header, cells, texts, payload);
    writer->append(static_cast<journal::RecordType>(RecordKind::results), payload, {});
  }
  void append_proposal(model::CandidateIndex index, std::vector<model::CellRange> used = {}) {
    ProposalRecord record;
    record.candidate.index = index;
    record.used = std::move(used);
    append(RecordKind::proposal, record);
  }
  Recovered read() {
    disk.submit(*writer->next_write({}, true));
    writer->done(disk.complete_next());
    return recover(disk, store);
  }
  void expect_refusal(const char* why) {
    try {
      (void)read();
      FAIL() << "it was accepted";
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
      EXPECT_THAT(error.what(), HasSubstr(why));
    }
  }

  MemoryStorage storage;
  MemoryDisk disk{storage};
  journal::WriterOptions options;
  std::optional<journal::Writer> writer;
  void append_request(model::RequestIndex index, const std::string& parameter) {
    model::TextRequest request{.parameter = parameter};
    request.observations = {{.score = std::numeric_limits<double>::quiet_NaN()}};
    append(RecordKind::request, RequestRecord{{index, std::move(request)}, 0});
  }

  optimize::CellStore store{{4, 10, 3}, true};
};

TEST_F(RecoveryTest, finds_nothing_in_a_new_run) {
  const Recovered recovered = recover(disk, store);
  EXPECT_FALSE(recovered.job);
  EXPECT_TRUE(recovered.proposals.empty());
  EXPECT_FALSE(read_job(disk));
}

TEST_F(RecoveryTest, restores_what_was_written) {
  JobRecord job;
  job.name = "packages";
  append(RecordKind::job, job);
  append(RecordKind::session, SessionRecord{});
  append_proposal(0);
  append_proposal(1, {{0, Split::train, 0, 4}});
  append_results(0, 0, {CellStatus::ok, CellStatus::lost, CellStatus::timeout});
  append_results(0, 0, {CellStatus::wrong, CellStatus::ok});
  append_results(1, 0, {CellStatus::ok}, Split::test);
  append(RecordKind::decision, DecisionRecord{0, 1, 1, 5, 0.5, 0, true});
  append(RecordKind::outcome, OutcomeRecord{{0, 0.5, 10, true, true}});
  FinishedRecord finished;
  finished.winner = 1;
  append(RecordKind::finished, finished);
  const Recovered recovered = read();
  EXPECT_EQ(recovered.job->name, "packages");
  EXPECT_EQ(read_job(disk)->name, "packages");
  EXPECT_EQ(recovered.sessions, 1U);
  ASSERT_EQ(recovered.proposals.size(), 2U);
  EXPECT_EQ(recovered.proposals[1].used.size(), 1U);
  EXPECT_EQ(recovered.cells, 3U) << "test cells are no evaluations";
  EXPECT_EQ(recovered.duplicates, 1U) << "neither is a lost cell a duplicate";
  EXPECT_EQ(store.cells(0, Split::validation)[0].status, CellStatus::ok) << "the first one counts";
  EXPECT_EQ(store.finished_prefix(0, Split::validation), 3U);
  EXPECT_EQ(recovered.decisions.count({0, 1, 1}), 1U);
  EXPECT_EQ(recovered.outcomes.count(0), 1U);
  EXPECT_EQ(recovered.finished->winner, 1U);
}

TEST_F(RecoveryTest, refuses_a_gap_in_the_proposals) {
  append_proposal(0);
  append_proposal(2);
  expect_refusal("a proposal is missing before it");
}

TEST_F(RecoveryTest, refuses_results_of_an_unknown_candidate) {
  append_proposal(0);
  append_results(1, 0, {CellStatus::ok});
  expect_refusal("results of a candidate that was not proposed");
}

TEST_F(RecoveryTest, refuses_results_outside_of_the_split) {
  append_proposal(0);
  append_results(0, 9, {CellStatus::ok, CellStatus::ok});
  expect_refusal("results beyond the end of a split");
}

TEST_F(RecoveryTest, refuses_a_proposal_derived_from_impossible_cells) {
  append_proposal(0);
  append_proposal(1, {{0, Split::train, 0, 5}});
  expect_refusal("train cells or texts that do not exist");
}

TEST_F(RecoveryTest, restores_texts_with_their_requests) {
  append_request(0, "a");
  append_request(1, "b");
  append_results(1, 2, {CellStatus::ok, CellStatus::invalid_output}, Split::request);
  append_request(1, "b");
  append_proposal(0, {{1, Split::request, 2, 4}});
  const Recovered recovered = read();
  ASSERT_EQ(recovered.requests.size(), 2U);
  EXPECT_EQ(recovered.requests[1].parameter, "b");
  EXPECT_EQ(recovered.cells, 2U) << "a sample is an evaluation";
  EXPECT_EQ(store.text(1, Split::request, 2), "text 2");
  EXPECT_EQ(store.text(1, Split::request, 3), "") << "failed";
  EXPECT_EQ(recovered.proposals[0].used.size(), 1U);
}

TEST_F(RecoveryTest, refuses_texts_of_an_unknown_request) {
  append_request(0, "a");
  append_results(1, 0, {CellStatus::ok}, Split::request);
  expect_refusal("results of a text request that was not made");
}

TEST_F(RecoveryTest, refuses_a_gap_in_the_requests) {
  append_request(1, "a");
  expect_refusal("a text request is missing before it");
}

TEST_F(RecoveryTest, refuses_two_requests_with_a_number) {
  append_request(0, "a");
  append_request(0, "b");
  expect_refusal("two text requests have the same number");
}

TEST_F(RecoveryTest, refuses_a_proposal_derived_from_impossible_texts) {
  append_request(0, "a");
  append_proposal(0, {{0, Split::request, 0, model::most_samples + 1}});
  expect_refusal("train cells or texts that do not exist");
}

TEST_F(RecoveryTest, refuses_an_unknown_record) {
  writer->append(99, {}, {});
  expect_refusal("its type is unknown");
}

TEST_F(RecoveryTest, counts_examples_once_however_often_they_were_begun) {
  ExamplesRecord part;
  part.ids = {"a", "b"};
  part.labels = {"x", "y"};
  for (int session = 0; session < 2; ++session) append(RecordKind::examples, part);
  part.first_position = 2;
  append(RecordKind::examples, part);
  EXPECT_EQ(read().examples, 4U);
}

}  // namespace
}  // namespace foundation::campaign
