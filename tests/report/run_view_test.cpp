#include "report/run_view.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/report/sample_run.hpp"
#include "tests/storage/sample_tables.hpp"

namespace foundation::report {
namespace {

using campaign::RecordKind;
using ::testing::HasSubstr;
using testing::RunWriter;
using testing::sample_cell;
using testing::SampleOptions;
using testing::ScopedFolder;

TEST(RunView, is_empty_before_the_first_record) {
  const ScopedFolder folder{"view-empty"};
  journal::PosixDisk disk{folder.path()};
  const RunView view = read_run_view(disk);
  EXPECT_FALSE(view.job);
  EXPECT_EQ(view.sequence, 0U);
  EXPECT_EQ(view.state, RunState::running);
}

TEST(RunView, holds_what_was_written) {
  const ScopedFolder folder{"view"};
  testing::write_sample_run(folder.path());
  const RunView view = read_run_view(journal::PosixDisk{folder.path()});
  ASSERT_TRUE(view.job);
  EXPECT_EQ(view.job->name, "sample");
  EXPECT_EQ(view.epoch, 2U);
  EXPECT_EQ(view.sessions.size(), 2U);
  EXPECT_EQ(view.proposals.size(), 4U);
  EXPECT_EQ(view.examples[0].size(), 10U);
  EXPECT_EQ(view.examples[2][9].id, "test9");
  EXPECT_EQ(view.decisions.size(), 4U);
  EXPECT_EQ(view.workers.size(), 5U);
  EXPECT_EQ(view.state, RunState::finished);
  EXPECT_EQ(view.texts.size(), 4U * 20);
  // Validation came in 0..10 and again 5..20 for the two that were kept.
  EXPECT_EQ(view.duplicates, 2U * 5);
  EXPECT_EQ(view.cells.finished(), 4U * 20 + 2 * 10 + 2 * 20 + 2 * 20);
  const auto cells = view.cells.cells(3, model::Split::validation);
  ASSERT_EQ(cells.size(), 20U);
  for (std::uint32_t position = 0; position < 20; ++position)
    EXPECT_EQ(cells[position].output, sample_cell(3, model::Split::validation, position).output);
  const auto& chunks = view.chunks[3][static_cast<std::size_t>(model::Split::validation)];
  ASSERT_EQ(chunks.size(), 2U);
  EXPECT_EQ(chunks[0].begin, 0U);
  EXPECT_EQ(chunks[0].count, 10U);
  EXPECT_EQ(chunks[0].worker, 2U);
  EXPECT_EQ(chunks[0].epoch, 1U);
  EXPECT_EQ(chunks[1].begin, 10U);
  EXPECT_EQ(chunks[1].count, 10U);
  EXPECT_EQ(chunks[1].epoch, 2U);
}

TEST(RunView, of_a_prefix_is_what_it_was_then) {
  const ScopedFolder folder{"view-prefix"};
  testing::write_sample_run(folder.path());
  const journal::PosixDisk disk{folder.path()};
  const auto last = read_run_view(disk).sequence;
  std::uint64_t cells = 0;
  for (journal::Sequence up_to = 0; up_to <= last; ++up_to) {
    const RunView view = read_run_view(disk, {.up_to = up_to});
    EXPECT_LE(view.sequence, up_to);
    EXPECT_GE(view.cells.finished(), cells);
    cells = view.cells.finished();
    EXPECT_EQ(view.recovery.end.sequence, read_run_view(disk).recovery.end.sequence);
  }
}

/// Messages for records that make no sense after a sound beginning.
class HostileRecord : public ::testing::Test {
 protected:
  HostileRecord() : writer_{folder_.path()} {
    writer_.begin_epoch();
    writer_.add(RecordKind::job, testing::sample_job({}));
    writer_.add(
        RecordKind::proposal,
        campaign::ProposalRecord{
            {.index = 0, .parent = model::no_candidate, .origin = "", .assignment = {}}, {}, 0});
  }
  void add_example() {
    writer_.add(
        RecordKind::examples,
        campaign::ExamplesRecord{
            .split = model::Split::validation, .first_position = 0, .ids = {"a"}, .labels = {"b"}});
  }
  std::string message() {
    writer_.flush();
    try {
      static_cast<void>(read_run_view(writer_.disk()));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
      return error.what();
    }
    return "no error";
  }
  ScopedFolder folder_{"hostile-record"};
  RunWriter writer_;
};

TEST_F(HostileRecord, results_of_an_unknown_candidate) {
  writer_.add_results({.candidate = 1, .begin = 0, .count = 1}, {sample_cell(1, {}, 0)});
  EXPECT_THAT(message(), HasSubstr("a candidate that was not proposed"));
}
TEST_F(HostileRecord, results_beyond_the_split) {
  writer_.add_results({.candidate = 0, .begin = 0xFFFFFFF0U, .count = 1}, {sample_cell(0, {}, 0)});
  EXPECT_THAT(message(), HasSubstr("beyond the end of a split"));
}
TEST_F(HostileRecord, results_for_examples_that_were_never_written_down) {
  writer_.add_results({.candidate = 0, .begin = 0, .count = 1}, {sample_cell(0, {}, 0)});
  EXPECT_THAT(message(), HasSubstr("beyond the end of a split"));
}
TEST_F(HostileRecord, results_with_an_unknown_status) {
  auto cell = sample_cell(0, {}, 0);
  cell.status = static_cast<model::CellStatus>(9);
  add_example();
  writer_.add_results({.candidate = 0, .begin = 0, .count = 1}, {cell});
  EXPECT_THAT(message(), HasSubstr("unknown status"));
}
TEST_F(HostileRecord, texts_that_nobody_asked_for) {
  writer_.add_results({.candidate = 0, .count = 1, .split = model::Split::request},
                      {sample_cell(0, {}, 0)});
  EXPECT_THAT(message(), HasSubstr("a text that nobody asked for"));
}
TEST_F(HostileRecord, more_texts_than_a_request_may_have) {
  writer_.add(RecordKind::request, campaign::RequestRecord{});
  writer_.add_results({.candidate = 0, .begin = 64, .count = 1, .split = model::Split::request},
                      {sample_cell(0, {}, 0)});
  EXPECT_THAT(message(), HasSubstr("more samples than"));
}
TEST_F(HostileRecord, a_gap_in_the_requests) {
  writer_.add(RecordKind::request, campaign::RequestRecord{{.index = 1}, 0});
  EXPECT_THAT(message(), HasSubstr("a text request is missing"));
}
TEST_F(HostileRecord, a_gap_in_the_proposals) {
  writer_.add(
      RecordKind::proposal,
      campaign::ProposalRecord{{.index = 7, .parent = 0, .origin = "", .assignment = {}}, {}, 0});
  EXPECT_THAT(message(), HasSubstr("a proposal is missing"));
}
TEST_F(HostileRecord, examples_beyond_their_split) {
  writer_.add(
      RecordKind::examples,
      campaign::ExamplesRecord{
          .split = model::Split::test, .first_position = 10, .ids = {"a"}, .labels = {"b"}});
  EXPECT_THAT(message(), HasSubstr("examples beyond the end"));
}
TEST_F(HostileRecord, an_unknown_type) {
  writer_.append(static_cast<RecordKind>(99), {});
  EXPECT_THAT(message(), HasSubstr("its type is unknown"));
}
TEST_F(HostileRecord, a_payload_that_ends_early) {
  writer_.append(RecordKind::finished, std::vector<std::byte>(5));
  EXPECT_THAT(message(), HasSubstr("ends too early"));
}
TEST_F(HostileRecord, a_winner_nobody_proposed) {
  campaign::FinishedRecord record;
  record.winner = 5;
  writer_.add(RecordKind::finished, record);
  EXPECT_THAT(message(), HasSubstr("a candidate that was not proposed"));
}

TEST_F(HostileRecord, results_that_are_not_final_leave_the_cell_open) {
  auto lost = sample_cell(0, {}, 0);
  lost.status = model::CellStatus::lost;
  add_example();
  writer_.add_results({.candidate = 0, .begin = 0, .count = 1}, {lost});
  writer_.add_results({.candidate = 0, .begin = 0, .count = 1, .worker = 2},
                      {sample_cell(0, {}, 1)});
  writer_.flush();
  const RunView view = read_run_view(writer_.disk());
  const auto& chunks = view.chunks[0][1];
  ASSERT_EQ(chunks.size(), 1U);
  EXPECT_EQ(chunks[0].worker, 2U);
  EXPECT_EQ(view.cells.finished(), 1U);
}

}  // namespace
}  // namespace foundation::report
