#include "optimize/cell_store.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/contracts.hpp"

namespace foundation::optimize {
namespace {

using model::CellRange;
using model::CellResult;
using model::CellStatus;
using model::Split;
using testing::ElementsAre;
using testing::IsEmpty;

CellResult answered(double score, CellStatus status = CellStatus::ok) {
  return {.score = score, .status = status};
}

class CellStoreTest : public testing::Test {
 protected:
  CellStore store{{10, 20, 5}};
  std::vector<CellRange> request(const CellRange& range) {
    std::vector<CellRange> fresh;
    store.request(range, fresh);
    return fresh;
  }
};

TEST_F(CellStoreTest, requests_each_cell_once) {
  EXPECT_THAT(request({0, Split::validation, 3, 6}),
              ElementsAre(CellRange{0, Split::validation, 3, 6}));
  EXPECT_THAT(
      request({0, Split::validation, 0, 10}),
      ElementsAre(CellRange{0, Split::validation, 0, 3}, CellRange{0, Split::validation, 6, 10}));
  EXPECT_THAT(request({0, Split::validation, 0, 10}), IsEmpty());
  EXPECT_EQ(store.requested(), 10U);
}

TEST_F(CellStoreTest, does_not_request_what_was_restored) {
  const std::vector restored(4, answered(1));
  EXPECT_EQ(store.finish({2, Split::test, 0, 4}, restored), 4U);
  EXPECT_THAT(request({2, Split::test, 0, 5}), ElementsAre(CellRange{2, Split::test, 4, 5}));
  EXPECT_EQ(store.requested(), 5U);
  EXPECT_EQ(store.finished(), 4U);
}

TEST_F(CellStoreTest, counts_the_first_result_only) {
  const CellRange range{1, Split::validation, 0, 2};
  request(range);
  EXPECT_EQ(store.finish(range, std::vector{answered(0.25), answered(0.5)}), 2U);
  EXPECT_EQ(store.finish(range, std::vector{answered(0.75), answered(0.75)}), 0U);
  EXPECT_EQ(store.cells(1, Split::validation)[0].score, 0.25);
  EXPECT_EQ(store.finished(), 2U);
}

TEST_F(CellStoreTest, keeps_infrastructure_failures_pending) {
  const CellRange range{0, Split::validation, 0, 3};
  request(range);
  const std::vector results{answered(1), answered(0, CellStatus::lost),
                            answered(0, CellStatus::timeout)};
  EXPECT_EQ(store.finish(range, results), 2U);
  EXPECT_EQ(store.finished_prefix(0, Split::validation), 1U);
  EXPECT_FALSE(store.is_finished(0, Split::validation, 1));
  EXPECT_EQ(store.finish({0, Split::validation, 1, 2}, std::vector{answered(1)}), 1U);
  EXPECT_EQ(store.finished_prefix(0, Split::validation), 3U);
}

TEST_F(CellStoreTest, shows_train_evidence_only_when_complete) {
  request({0, Split::train, 0, 10});
  EXPECT_THAT(store.results(0, 0, 4), IsEmpty());
  (void)store.finish({0, Split::train, 0, 3}, std::vector(3, answered(1)));
  EXPECT_THAT(store.results(0, 0, 4), IsEmpty());
  EXPECT_EQ(store.results(0, 0, 3).size(), 3U);
  EXPECT_EQ(store.results(0, 1, 3).size(), 2U);
  EXPECT_THAT(store.results(0, 2, 2), IsEmpty());
  EXPECT_THAT(store.results(0, 8, 11), IsEmpty());
  EXPECT_THAT(store.results(9, 0, 1), IsEmpty());
}

TEST_F(CellStoreTest, knows_nothing_of_candidates_it_never_saw) {
  EXPECT_FALSE(store.is_finished(7, Split::test, 0));
  EXPECT_EQ(store.finished_prefix(7, Split::test), 0U);
  EXPECT_THAT(store.cells(7, Split::test), IsEmpty());
}

TEST_F(CellStoreTest, refuses_cells_outside_of_a_split) {
  EXPECT_THROW(request({0, Split::test, 0, 6}), core::ContractViolation);
  EXPECT_THROW(request({0, Split::request, 0, model::most_samples + 1}), core::ContractViolation);
  EXPECT_THROW(request({model::no_candidate, Split::test, 0, 1}), core::ContractViolation);
}

}  // namespace
}  // namespace foundation::optimize
