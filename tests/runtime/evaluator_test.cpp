#include "runtime/evaluator.hpp"

#include <cmath>
#include <new>
#include <stdexcept>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "core/hash.hpp"
#include "fake_program.hpp"

namespace foundation::runtime {
namespace {

using campaign::LeaseQueue;
using model::CellStatus;
using model::Split;
using programs::CellInput;
using programs::CellOutput;
using ::testing::ElementsAre;
using testing::FakeProgram;

class EvaluatorTest : public ::testing::Test {
 protected:
  static LeaseQueue::Work work(model::CandidateIndex index, std::uint32_t begin, std::uint32_t end,
                               bool keep_outputs = false) {
    model::Candidate candidate;
    candidate.index = index;
    return {
        .lease = {campaign::LeaseId{index}, {index, Split::validation, begin, end}, keep_outputs},
        .candidate = std::make_shared<const model::Candidate>(candidate)};
  }
  static std::vector<CellStatus> statuses(const ResultsMessage& results) {
    std::vector<CellStatus> found;
    for (const model::CellResult& cell : results.cells) found.push_back(cell.status);
    return found;
  }

  programs::SplitDataset data_ = testing::labelled_examples(10);
  std::unique_ptr<programs::Metric> metric_ = programs::make_metric({});
  ResultsMessage results_;
};

CellOutput answer_label(const model::Candidate&, const CellInput& cell) {
  return {CellStatus::ok, cell.example->label};
}

TEST_F(EvaluatorTest, notes_what_answers_cost_and_took) {
  const FakeProgram program{[](const model::Candidate&, const CellInput& cell) {
    const CellStatus status = cell.example_position == 1 ? CellStatus::timeout : CellStatus::ok;
    if (cell.example_position == 2) return CellOutput{.text = cell.example->label};
    return CellOutput{status, cell.example->label, 0.25, std::chrono::hours{2}};
  }};
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(work(0, 0, 3), results_);
  constexpr std::uint64_t two_hours_us = 7'200'000'000;  // more than 32 bits hold
  for (const std::size_t cell : {0U, 1U}) {
    EXPECT_EQ(results_.cells[cell].cost, 0.25);
    EXPECT_EQ(results_.cells[cell].duration_us, two_hours_us);
  }
  EXPECT_TRUE(std::isnan(results_.cells[2].cost));
  EXPECT_LT(results_.cells[2].duration_us, two_hours_us);
}

TEST_F(EvaluatorTest, scores_every_cell_of_the_lease) {
  const FakeProgram program{[](const model::Candidate&, const CellInput& cell) {
    return CellOutput{CellStatus::ok, cell.example_position % 2 == 0 ? cell.example->label : "no"};
  }};
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(work(3, 4, 7), results_);
  EXPECT_EQ(results_.lease, campaign::LeaseId{3});
  EXPECT_EQ(results_.range, (model::CellRange{3, Split::validation, 4, 7}));
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::ok, CellStatus::wrong, CellStatus::ok));
  EXPECT_EQ(results_.cells[0].score, 1.0);
  EXPECT_EQ(results_.cells[0].output, core::hash_text("l4"));
  EXPECT_EQ(results_.cells[0].attempts, 1);
  EXPECT_GT(results_.busy_ns, 0);
}

TEST_F(EvaluatorTest, finds_example_and_trial_of_a_position) {
  std::vector<std::pair<std::uint32_t, std::uint32_t>> seen;
  const FakeProgram program{[&seen](const model::Candidate&, const CellInput& cell) {
    seen.emplace_back(cell.example_position, cell.trial);
    return CellOutput{CellStatus::ok, cell.example->label};
  }};
  Evaluator evaluator{program, *metric_, data_, 3};
  evaluator.evaluate(work(0, 4, 8), results_);
  EXPECT_THAT(seen,
              ElementsAre(std::pair{1, 1}, std::pair{1, 2}, std::pair{2, 0}, std::pair{2, 1}));
}

TEST_F(EvaluatorTest, an_exception_is_the_outcome_of_its_cell_only) {
  const FakeProgram program{[](const model::Candidate&, const CellInput& cell) -> CellOutput {
    if (cell.example_position == 1) throw std::runtime_error{"division by zero"};
    if (cell.example_position == 2) throw std::bad_alloc{};
    return {CellStatus::ok, cell.example->label};
  }};
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(work(0, 0, 4), results_);
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::ok, CellStatus::crashed,
                                              CellStatus::out_of_memory, CellStatus::ok));
  EXPECT_THAT(results_.outputs,
              ElementsAre("", "division by zero", "the program ran out of memory", ""));
}

TEST_F(EvaluatorTest, a_candidate_that_cannot_be_prepared_fails_in_every_cell) {
  FakeProgram program{answer_label};
  program.on_prepare = [](const model::Candidate&) { throw std::runtime_error{"no such rule"}; };
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(work(0, 0, 2), results_);
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::crashed, CellStatus::crashed));
  EXPECT_THAT(results_.outputs, ElementsAre("no such rule", "no such rule"));
}

TEST_F(EvaluatorTest, outputs_travel_when_asked_for_or_when_cells_failed) {
  const FakeProgram program{answer_label};
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(work(0, 0, 3, true), results_);
  EXPECT_THAT(results_.outputs, ElementsAre("l0", "l1", "l2"));
  evaluator.evaluate(work(0, 0, 3, false), results_);
  EXPECT_TRUE(results_.outputs.empty()) << "nothing is left of the lease before";
}

LeaseQueue::Work samples_of(const model::TextRequest& request, std::uint32_t begin,
                            std::uint32_t end) {
  return {.lease = {campaign::LeaseId{5}, {2, Split::request, begin, end}, true},
          .request = std::make_shared<const model::TextRequest>(request)};
}

TEST_F(EvaluatorTest, has_texts_written_with_what_the_metric_says) {
  FakeProgram program{answer_label};
  program.on_write = [](const programs::TextInput& input) {
    EXPECT_THAT(input.feedback,
                ElementsAre("The answer is right.", "The answer was `no`, expected `l3`.",
                            "There was no answer in time."));
    EXPECT_EQ(input.trials, 2U);
    return CellOutput{CellStatus::ok,
                      input.request->parameter + " " + std::to_string(input.sample)};
  };
  Evaluator evaluator{program, *metric_, data_, 2};
  const model::TextRequest request{
      .parameter = "text",
      .observations = {{.position = 4, .status = CellStatus::ok, .score = 1, .output = "l2"},
                       {.position = 7, .status = CellStatus::wrong, .score = 0, .output = "no"},
                       {.position = 0, .status = CellStatus::timeout}}};
  evaluator.evaluate(samples_of(request, 3, 5), results_);
  EXPECT_EQ(results_.range, (model::CellRange{2, Split::request, 3, 5}));
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::ok, CellStatus::ok));
  EXPECT_THAT(results_.outputs, ElementsAre("text 3", "text 4"));
  EXPECT_EQ(results_.cells[0].output, core::hash_text("text 3"));
  EXPECT_NE(results_.cells[0].score, results_.cells[0].score) << "no score";
}

TEST_F(EvaluatorTest, a_text_that_is_blank_or_cannot_be_written_has_failed) {
  FakeProgram program{answer_label};
  program.on_write = [](const programs::TextInput& input) -> CellOutput {
    if (input.sample == 0) return {CellStatus::ok, " \n\t"};
    if (input.sample == 1) return {CellStatus::rate_limited, "later"};
    throw std::runtime_error{"out of ink"};
  };
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(samples_of({}, 0, 3), results_);
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::invalid_output, CellStatus::rate_limited,
                                              CellStatus::crashed));
  EXPECT_THAT(results_.outputs,
              ElementsAre("the text that was written is blank", "later", "out of ink"));
  EXPECT_EQ(results_.cells[0].output, 0U);
}

TEST_F(EvaluatorTest, a_request_about_an_example_that_is_none_fails) {
  FakeProgram program{answer_label};
  program.on_write = [](const programs::TextInput&) { return CellOutput{}; };
  Evaluator evaluator{program, *metric_, data_, 1};
  evaluator.evaluate(samples_of({.observations = {{.position = 10}}}, 0, 1), results_);
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::crashed));
}

/// Strategies read only what has a digest: how a metric fails may depend on chance.
TEST_F(EvaluatorTest, a_cell_that_the_metric_fails_on_has_no_digest) {
  const FakeProgram program{answer_label};
  const auto failing = programs::make_metric({.kind = "command", .executable = "/bin/false"});
  Evaluator evaluator{program, *failing, data_, 1};
  evaluator.evaluate(work(0, 0, 1, true), results_);
  EXPECT_THAT(statuses(results_), ElementsAre(CellStatus::invalid_output));
  EXPECT_EQ(results_.cells[0].output, 0U);
  EXPECT_THAT(results_.outputs.front(), ::testing::HasSubstr("the metric has no score"));
}

TEST_F(EvaluatorTest, recent_candidates_stay_prepared) {
  constexpr int kept = 8;
  const FakeProgram program{answer_label};
  Evaluator evaluator{program, *metric_, data_, 1};
  for (int round = 0; round < 3; ++round)
    for (model::CandidateIndex index = 0; index < kept; ++index)
      evaluator.evaluate(work(index, 0, 5), results_);
  EXPECT_EQ(program.prepared, kept);
  evaluator.evaluate(work(0, 0, 5), results_);     // now the most recent
  evaluator.evaluate(work(kept, 0, 5), results_);  // takes the place of candidate 1
  evaluator.evaluate(work(0, 0, 5), results_);
  EXPECT_EQ(program.prepared, kept + 1);
  evaluator.evaluate(work(1, 0, 5), results_);
  EXPECT_EQ(program.prepared, kept + 2);
}

TEST_F(EvaluatorTest, serves_many_slots_at_once) {
  const FakeProgram program{[](const model::Candidate& candidate, const CellInput& cell) {
    return CellOutput{CellStatus::ok, candidate.index % 2 == 0 ? cell.example->label : "no"};
  }};
  Evaluator evaluator{program, *metric_, data_, 1};
  std::vector<std::jthread> slots;
  for (int slot = 0; slot < 4; ++slot) {
    slots.emplace_back([&evaluator] {
      ResultsMessage results;
      for (model::CandidateIndex round = 0; round < 500; ++round) {
        evaluator.evaluate(work(round % 12, 0, 10), results);
        for (const model::CellResult& cell : results.cells)
          EXPECT_EQ(cell.score, round % 2 == 0 ? 1.0 : 0.0);
      }
    });
  }
}

}  // namespace
}  // namespace foundation::runtime
