#include "campaign/records.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "core/random.hpp"

namespace foundation::campaign {
namespace {

using model::CellResult;
using model::CellStatus;
using Bytes = std::vector<std::byte>;

/// Encoding what was decoded gives the same bytes: every field travels.
template <class Record>
void expect_round_trip(const Record& record) {
  const Bytes bytes = encode(record);
  EXPECT_EQ(encode(decode<Record>(bytes)), bytes);
  for (std::size_t length = 0; length < bytes.size(); ++length)
    EXPECT_THROW((void)decode<Record>(std::span{bytes}.first(length)), core::Error) << length;
  Bytes longer = bytes;
  longer.push_back(std::byte{0});
  EXPECT_THROW((void)decode<Record>(longer), core::Error);
}

model::Candidate some_candidate() {
  model::Candidate candidate;
  candidate.index = 3;
  candidate.parent = 1;
  candidate.origin = "random";
  candidate.assignment.set("a", 0.25);
  candidate.assignment.set("b", std::int64_t{-7});
  candidate.assignment.set("c", true);
  candidate.assignment.set("d", std::string{"naive_bayes"});
  candidate.assignment.set("e", model::Demonstrations{{4, 2, 9}});
  return candidate;
}

TEST(Records, travel_whole) {
  JobRecord job;
  job.identity = {1, 2};
  job.name = "packages";
  job.job_toml = "[program]\nkind = \"x\"\n";
  job.split_sizes = {10, 5, 5};
  expect_round_trip(job);
  ExamplesRecord examples;
  examples.ids = {"a", "b"};
  examples.labels = {"x", ""};
  expect_round_trip(examples);
  SessionRecord session;
  session.host = "node17";
  expect_round_trip(session);
  expect_round_trip(ProposalRecord{some_candidate(), {{0, model::Split::train, 0, 32}}, 5});
  model::TextRequest request{.parameter = "d", .assignment = some_candidate().assignment};
  request.attempts = {{"Sort.", 0.25}};
  request.observations = {
      {.position = 7, .status = CellStatus::wrong, .score = 0.5, .output = "a"}};
  request.examples = {1, 2};
  expect_round_trip(RequestRecord{{4, request}, 5});
  expect_round_trip(DecisionRecord{1, 2, 3, 40, 0.5, 1, true});
  expect_round_trip(OutcomeRecord{{3, 0.75, 100, true, true}});
  WorkerRecord worker;
  worker.reason = "connection lost";
  expect_round_trip(worker);
  expect_round_trip(ProgressRecord{9, 8, 7, 6, 0.5, 4.5, 3, 2});
  expect_round_trip(StoppedRecord{"signal", 1});
  FinishedRecord finished;
  finished.test_difference = {0.1, 0.05, 0.15};
  finished.stop_reason = "budget used up";
  expect_round_trip(finished);
}

TEST(Records, keep_objectives_as_they_are) {
  using optimize::Objective;
  optimize::ObjectiveOptions options;
  options.minimised = {Objective::latency, Objective::cost};
  options.limits[Objective::latency] = 0.0;
  options.weights[Objective::cost] = 0.25;
  options.winner = optimize::WinnerRule::weights;
  ObjectivesRecord record = to_record(options, "accuracy", "tokens");
  expect_round_trip(record);
  EXPECT_EQ(options_of(decode<ObjectivesRecord>(encode(record))), options);
  EXPECT_EQ(record.goals[1].unit, "seconds");
  EXPECT_EQ(record.goals[2].unit, "tokens");
  record.goals[1].objective = static_cast<Objective>(3);
  EXPECT_THROW((void)options_of(record), core::Error);
}

TEST(Records, keep_candidates_as_they_are) {
  const auto back = decode<ProposalRecord>(encode(ProposalRecord{some_candidate(), {}, 0}));
  EXPECT_EQ(back.candidate, some_candidate());
}

ResultsHeader header_for(std::size_t count, bool outputs) {
  ResultsHeader header;
  header.candidate = 2;
  header.begin = 10;
  header.count = static_cast<std::uint32_t>(count);
  header.has_outputs = outputs ? 1 : 0;
  return header;
}

TEST(ResultsRecord, carries_cells_and_outputs) {
  std::vector<CellResult> cells(3);
  cells[1].score = 0.5;
  cells[1].cost = 0.1;
  cells[1].duration_us = model::longest_duration_us;
  cells[1].status = CellStatus::ok;
  cells[2].status = CellStatus::timeout;
  const std::vector<std::string> outputs{"net", "", "a\nb"};
  Bytes payload(999);  // what was in there is gone
  encode_results(header_for(3, true), cells, outputs, payload);
  const ResultsView view = decode_results(payload);
  EXPECT_EQ(view.header.candidate, 2U);
  EXPECT_EQ(view.header.begin, 10U);
  ASSERT_EQ(view.cells.size(), 3U);
  EXPECT_EQ(view.cells[1].score, 0.5);
  EXPECT_EQ(view.cells[1].cost, 0.1);
  EXPECT_EQ(view.cells[1].duration_us, model::longest_duration_us);
  EXPECT_EQ(view.cells[2].status, CellStatus::timeout);
  EXPECT_EQ(view.outputs, outputs);
  encode_results(header_for(3, false), cells, {}, payload);
  EXPECT_EQ(payload.size(), sizeof(ResultsHeader) + 3 * sizeof(CellResult));
  EXPECT_TRUE(decode_results(payload).outputs.empty());
}

/// Journals from before cells had costs: 24 bytes a cell, and a header that says nothing of it.
TEST(ResultsRecord, reads_cells_without_costs) {
  ResultsHeader header = header_for(2, true);
  header.cell_bytes = 0;
  core::Encoder encoder;
  encoder.raw(&header, sizeof header);
  for (const double score : {0.25, 0.5})
    encoder << score << std::uint64_t{77} << std::uint32_t{0xFFFFFFFF} << CellStatus::wrong
            << std::uint8_t{3} << std::uint16_t{0};
  encoder << std::string{"a"} << std::string{"b"};
  const ResultsView view = decode_results(encoder.bytes());
  ASSERT_EQ(view.cells.size(), 2U);
  EXPECT_EQ(view.cells[1].score, 0.5);
  EXPECT_TRUE(std::isnan(view.cells[1].cost));
  EXPECT_EQ(view.cells[1].output, 77U);
  EXPECT_EQ(view.cells[1].duration_us, 0xFFFFFFFFU);
  EXPECT_EQ(view.cells[1].status, CellStatus::wrong);
  EXPECT_EQ(view.cells[1].attempts, 3);
  EXPECT_EQ(view.outputs, (std::vector<std::string>{"a", "b"}));
}

TEST(ResultsRecord, refuses_hostile_bytes) {
  Bytes payload;
  encode_results(header_for(2, true), std::vector<CellResult>(2),
                 std::vector<std::string>{"x", "y"}, payload);
  for (std::size_t length = 0; length < payload.size(); ++length)
    EXPECT_THROW((void)decode_results(std::span{payload}.first(length)), core::Error);
  Bytes bad = payload;
  bad[8] = std::byte{0xFF};  // count
  EXPECT_THROW((void)decode_results(bad), core::Error);
  bad = payload;
  bad[16] = std::byte{4};  // split
  EXPECT_THROW((void)decode_results(bad), core::Error);
  bad = payload;
  bad[18] = std::byte{40};  // bytes of a cell
  EXPECT_THROW((void)decode_results(bad), core::Error);
  bad = payload;
  bad[17] = std::byte{2};  // has_outputs
  EXPECT_THROW((void)decode_results(bad), core::Error);
  bad = payload;
  bad[sizeof(ResultsHeader) + 2 * sizeof(CellResult) + 3] = std::byte{0x7F};  // a text's length
  EXPECT_THROW((void)decode_results(bad), core::Error);
}

/// Whatever the bytes: an error, or a record. Never a crash or an allocation beyond reason.
TEST(Records, survive_random_bytes) {
  core::Stream stream{1, core::Purpose::simulate};
  const Bytes proposal = encode(ProposalRecord{some_candidate(), {{0, {}, 0, 1}}, 0});
  for (int round = 0; round < 20'000; ++round) {
    Bytes bytes = proposal;
    if (round % 2 == 0) bytes.resize(stream.below(120));
    for (std::uint64_t flips = 1 + stream.below(6); flips > 0 && !bytes.empty(); --flips)
      bytes[stream.below(bytes.size())] = static_cast<std::byte>(stream.below(256));
    try {
      (void)decode<ProposalRecord>(bytes);
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
    }
    try {
      (void)decode_results(bytes);
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data);
    }
  }
}

}  // namespace
}  // namespace foundation::campaign
