// What may be spent is durable before it is: the budget of a run and its journal.
#include "runtime/budget_office.hpp"

#include <gtest/gtest.h>

#include "tests/campaign/harness.hpp"

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::SpendingRecord;
using endpoints::Award;
using endpoints::Spent;
using Deliveries = std::vector<endpoints::GrantBook::Delivery>;

constexpr endpoints::Usage most{40, 20};  // of a request

class BudgetOfficeTest : public ::testing::Test {
 protected:
  explicit BudgetOfficeTest(const endpoints::LimitOptions& limits = {.tokens = 1000},
                            const SpendingRecord& before = {})
      : limits_{limits}, before_{before} {
    run_.start();
    run_.sync();
  }
  static endpoints::BudgetReport wanting(std::uint64_t grants) {
    return {
        .number = 1, .needed = grants, .wanted = grants, .each = {.expected = most, .most = most}};
  }
  Deliveries tick() { return office_.tick(*run_.coordinator, run_.now()); }
  void let_the_disk_write() {
    run_.pass(100ms);
    run_.sync();
  }
  /// All that the rank is given until there is no more.
  Award given_to(campaign::WorkerIndex rank) {
    Award all;
    for (int turn = 0; turn < 20; ++turn) {
      for (const auto& [holder, award] : tick()) {
        EXPECT_EQ(holder, rank);
        all.grants += award.grants;
        all.spent = award.spent;
      }
      let_the_disk_write();
    }
    return all;
  }
  std::vector<SpendingRecord> journalled() {
    let_the_disk_write();
    std::vector<SpendingRecord> records;
    journal::read_log(run_.disk, [&](const journal::Record& record) {
      if (static_cast<campaign::RecordKind>(record.type) == campaign::RecordKind::spending)
        records.push_back(campaign::decode<SpendingRecord>(record.payload));
    });
    return records;
  }

  endpoints::LimitOptions limits_;
  foundation::testing::MemoryStorage storage_;
  campaign::Harness run_{campaign::small_job(), storage_};
  endpoints::BudgetDesk desk_{limits_};
  SpendingRecord before_;
  BudgetOffice office_{desk_, limits_, before_};
};

TEST_F(BudgetOfficeTest, gives_once_what_it_gives_is_durable) {
  office_.report(3, wanting(2));
  EXPECT_TRUE(tick().empty());  // the mark is on its way
  EXPECT_TRUE(tick().empty());
  let_the_disk_write();
  const Deliveries given = tick();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].holder, 3U);
  EXPECT_EQ(given[0].award.grants, 2U);
  const auto marks = journalled();
  ASSERT_FALSE(marks.empty());
  EXPECT_GE(marks[0].prompt_tokens, 2 * most.prompt_tokens);
  EXPECT_GE(marks[0].completion_tokens, 2 * most.completion_tokens);
}

TEST_F(BudgetOfficeTest, what_a_lost_rank_was_given_counts_as_used) {
  office_.report(3, wanting(16));  // 16 x 60 of 1,000 tokens
  EXPECT_EQ(given_to(3).grants, 16U);
  office_.lost(3);
  office_.report(4, wanting(1));
  const Award award = given_to(4);
  EXPECT_EQ(award.grants, 0U);
  EXPECT_EQ(award.spent, Spent::tokens);
  EXPECT_EQ(journalled().back().prompt_tokens, 16 * most.prompt_tokens);
}

TEST_F(BudgetOfficeTest, gives_nothing_more_once_nothing_is_written_any_more) {
  run_.coordinator->stop("a test", run_.now());
  let_the_disk_write();
  ASSERT_TRUE(run_.ending);
  office_.report(3, wanting(1));
  for (int turn = 0; turn < 3; ++turn) {
    EXPECT_TRUE(tick().empty());
    let_the_disk_write();
  }
}

class RateOnly : public BudgetOfficeTest {
 protected:
  RateOnly() : BudgetOfficeTest{{.requests_per_minute = 6000}} {}
};

TEST_F(RateOnly, is_kept_without_the_journal) {
  office_.report(3, wanting(1));
  const Deliveries given = tick();
  ASSERT_EQ(given.size(), 1U);
  EXPECT_EQ(given[0].award.grants, 1U);
  EXPECT_TRUE(journalled().empty());
}

class Continued : public BudgetOfficeTest {
 protected:
  Continued()
      : BudgetOfficeTest{{.tokens = 1000}, {.prompt_tokens = 700, .completion_tokens = 280}} {}
};

TEST_F(Continued, has_used_what_the_last_mark_says) {
  office_.report(3, wanting(1));
  const Award award = given_to(3);
  EXPECT_EQ(award.grants, 0U);
  EXPECT_EQ(award.spent, Spent::tokens);
}

}  // namespace
}  // namespace foundation::runtime
