#include "optimize/run_evidence.hpp"

#include <gmock/gmock.h>

#include "optimize/used_cells.hpp"

namespace foundation::optimize {
namespace {

using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Split;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

CellResult finished(CellStatus status, std::uint64_t output) {
  CellResult cell;
  cell.status = status;
  cell.output = output;
  return cell;
}

class RunEvidenceTest : public ::testing::Test {
 protected:
  /// Sample `sample` of a request comes.
  void come(model::RequestIndex request, std::uint32_t sample, const std::string& text,
            CellStatus status = CellStatus::ok) {
    const CellResult cell = finished(status, status == CellStatus::ok ? 1 : 0);
    store.finish({request, Split::request, sample, sample + 1}, {&cell, 1}, {&text, 1});
  }

  CellStore store{{8, 4, 0}, true};
  RequestTable requests;
  const model::TextRequest first{.parameter = "a"};
  const model::TextRequest second{.parameter = "b"};
};

TEST_F(RunEvidenceTest, has_a_text_once_it_has_come) {
  const RunEvidence evidence{store, requests};
  EXPECT_FALSE(evidence.text(first, 0)) << "nobody has asked";
  requests.add(first);
  EXPECT_FALSE(evidence.text(first, 0));
  come(0, 1, "one");
  EXPECT_FALSE(evidence.text(first, 0));
  EXPECT_EQ(evidence.text(first, 1), "one");
  EXPECT_FALSE(evidence.text(second, 1)) << "another request";
  come(0, 1, "another one");
  EXPECT_EQ(evidence.text(first, 1), "one") << "the first result counts";
}

TEST_F(RunEvidenceTest, has_an_empty_text_where_writing_failed) {
  const RunEvidence evidence{store, requests};
  requests.add(first);
  come(0, 0, "the model's answer was blank", CellStatus::invalid_output);
  EXPECT_EQ(evidence.text(first, 0), "");
}

TEST_F(RunEvidenceTest, shows_answers_on_train_but_not_how_failures_are_told) {
  const std::array cells{finished(CellStatus::wrong, 7), finished(CellStatus::crashed, 0)};
  const std::array<std::string, 2> texts{"an answer", "killed, process 4711"};
  store.finish({0, Split::train, 2, 4}, cells, texts);
  const RunEvidence evidence{store, requests};
  EXPECT_EQ(evidence.output(0, 2), "an answer");
  EXPECT_EQ(evidence.output(0, 3), "");
  EXPECT_EQ(evidence.output(0, 1), "") << "not finished";
  EXPECT_THAT(evidence.used(), ElementsAre(CellRange{0, Split::train, 2, 4}));
}

TEST_F(RunEvidenceTest, notes_what_was_looked_at_once_and_in_order) {
  const std::vector<CellResult> cells(8, finished(CellStatus::ok, 7));
  store.finish({1, Split::train, 0, 8}, cells);
  requests.add(first);
  requests.add(second);
  come(0, 0, "one");
  come(1, 0, "two");
  come(1, 1, "three");
  const RunEvidence evidence{store, requests};
  EXPECT_THAT(evidence.used(), IsEmpty());
  (void)evidence.text(second, 1);
  (void)evidence.text(second, 0);
  (void)evidence.results(1, 4, 8);
  (void)evidence.output(1, 5);
  (void)evidence.results(1, 0, 2);
  (void)evidence.text(first, 0);
  (void)evidence.text(first, 0);
  (void)evidence.text(first, 9);
  const std::vector<CellRange> used = evidence.used();
  EXPECT_THAT(used,
              ElementsAre(CellRange{1, Split::train, 0, 2}, CellRange{1, Split::train, 4, 8},
                          CellRange{0, Split::request, 0, 1}, CellRange{1, Split::request, 0, 2}));
  UsedCells charged;
  EXPECT_EQ(charged.unused(used), 9U);
  charged.mark({{1, Split::train, 4, 8}, {1, Split::request, 1, 2}});
  EXPECT_EQ(charged.unused(used), 4U);
  EXPECT_THAT(charged.ranges(Split::request), ElementsAre(CellRange{1, Split::request, 1, 2}));
  EXPECT_THAT(charged.ranges(Split::train), ElementsAre(CellRange{1, Split::train, 4, 8}));
}

TEST(TextStore, keeps_nothing_that_nobody_reads) {
  CellStore store{{4, 4, 4}};
  const CellResult cell = finished(CellStatus::ok, 7);
  const std::string text = "an answer";
  store.finish({0, Split::train, 0, 1}, {&cell, 1}, {&text, 1});
  EXPECT_EQ(store.text(0, Split::train, 0), "");
  CellStore reader{{4, 4, 4}, true};
  reader.finish({0, Split::train, 0, 1}, {&cell, 1}, {&text, 1});
  reader.finish({0, Split::validation, 0, 1}, {&cell, 1}, {&text, 1});
  EXPECT_EQ(reader.text(0, Split::train, 0), "an answer");
  EXPECT_EQ(reader.text(0, Split::validation, 0), "");
  EXPECT_EQ(reader.text(5, Split::request, 60), "");
}

TEST(RequestTable, numbers_requests_as_they_come) {
  const model::TextRequest one{.parameter = "a"};
  const model::TextRequest two{.parameter = "b"};
  RequestTable restored{{two, one}};
  EXPECT_EQ(restored.find(one), 1U);
  EXPECT_EQ(restored.find(two), 0U);
  EXPECT_EQ(restored.digest_of(1), model::digest(one));
  EXPECT_FALSE(restored.find({.parameter = "c"}));
  EXPECT_EQ(restored.add({.parameter = "c"}), 2U);
}

}  // namespace
}  // namespace foundation::optimize
