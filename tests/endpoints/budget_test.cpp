#include "endpoints/budget.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>

namespace foundation::endpoints {
namespace {

using core::Duration;
using core::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time start{1'000'000'000'000};

double seconds_after(Time moment) { return static_cast<double>((moment - start).count()) * 1e-9; }

TEST(Pace, without_a_limit_nobody_waits) {
  Pace pace{0};
  for (int i = 0; i < 100; ++i) EXPECT_EQ(pace.take(1000, start), start);
}

TEST(Pace, gives_each_caller_its_own_moment) {
  Pace pace{120};
  for (int i = 0; i < 10; ++i) EXPECT_DOUBLE_EQ(seconds_after(pace.take(1, start)), 0.5 * i);
}

TEST(Pace, at_most_a_second_is_caught_up) {
  Pace pace{120};
  EXPECT_EQ(pace.take(1, start), start);
  const Time later = start + seconds{100};
  EXPECT_EQ(pace.take(1, later), later);
  EXPECT_EQ(pace.take(1, later), later);
  EXPECT_EQ(pace.take(1, later), later);
  EXPECT_GT(pace.take(1, later), later);
}

/// In any minute: 5 % more than the limit at most, however callers come.
TEST(Pace, no_minute_has_more_than_the_limit) {
  Pace pace{600};
  std::vector<double> sent;
  Time now = start;
  for (int burst = 0; burst < 40; ++burst) {
    for (int i = 0; i < 50; ++i) sent.push_back(seconds_after(pace.take(1, now)));
    now = now + seconds{burst % 7};
  }
  for (std::size_t first = 0; first < sent.size(); ++first) {
    const auto in_minute = std::count_if(sent.begin(), sent.end(), [&](double t) {
      return t >= sent[first] && t < sent[first] + 60;
    });
    ASSERT_LE(in_minute, 630);
  }
}

TEST(Pace, corrections_move_those_who_come_later) {
  Pace pace{60};
  EXPECT_EQ(pace.take(10, start), start);
  pace.correct(-8);
  EXPECT_DOUBLE_EQ(seconds_after(pace.take(1, start)), 2);
  pace.correct(3);
  EXPECT_DOUBLE_EQ(seconds_after(pace.take(1, start)), 6);
}

TEST(ShareOfBudget, is_the_limit_over_the_number_of_processes) {
  ShareOfBudget budget{{.requests_per_minute = 240}, 4};
  EXPECT_EQ(budget.ask(100, 10, start).start, start);
  EXPECT_DOUBLE_EQ(seconds_after(budget.ask(100, 10, start).start), 1);
}

TEST(ShareOfBudget, learns_how_many_tokens_a_request_takes) {
  ShareOfBudget budget{{.tokens_per_minute = 6000}, 1};
  const Grant first = budget.ask(300, 200, start);  // expected to take 100 + 200
  EXPECT_EQ(first.reserved.prompt_tokens, 100U);
  EXPECT_EQ(first.reserved.completion_tokens, 200U);
  EXPECT_DOUBLE_EQ(seconds_after(budget.ask(300, 200, start).start), 3);
  budget.settle(first, 300, Usage{60, 20});
  const Grant third = budget.ask(300, 200, start);
  EXPECT_EQ(third.reserved.prompt_tokens, 60U);
  EXPECT_EQ(third.reserved.completion_tokens, 20U);
  EXPECT_DOUBLE_EQ(seconds_after(third.start), 6 - 2.2);
}

TEST(ShareOfBudget, waits_for_what_is_under_way_before_it_says_spent) {
  ShareOfBudget budget{{.tokens = 500}, 1};
  const Grant first = budget.ask(300, 200, start);
  EXPECT_EQ(first.kind, Grant::Kind::granted);
  const Grant second = budget.ask(300, 200, start);
  EXPECT_EQ(second.kind, Grant::Kind::later);
  EXPECT_GT(second.start, start);
  budget.settle(first, 300, Usage{100, 20});
  EXPECT_EQ(budget.ask(300, 200, start).kind, Grant::Kind::granted);
}

TEST(ShareOfBudget, what_failed_costs_nothing) {
  ShareOfBudget budget{{.tokens = 500}, 1};
  for (int i = 0; i < 10; ++i) {
    const Grant grant = budget.ask(300, 200, start);
    ASSERT_EQ(grant.kind, Grant::Kind::granted);
    budget.settle(grant, 300, std::nullopt);
  }
}

TEST(ShareOfBudget, says_which_budget_is_spent) {
  ShareOfBudget budget{{.cost = 1, .input_price = 1e6, .output_price = 1e6}, 2};
  const Grant grant = budget.ask(300, 200, start);
  EXPECT_EQ(grant.kind, Grant::Kind::spent);
  EXPECT_EQ(grant.reason, "the budget of 1 is spent (program.limits.cost)");
}

}  // namespace
}  // namespace foundation::endpoints
