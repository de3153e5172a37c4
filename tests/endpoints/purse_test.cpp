// The part of a budget that one process holds, with a book beside it or far away.
#include "endpoints/purse.hpp"

#include <atomic>
#include <chrono>
#include <deque>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "endpoints/budget_desk.hpp"

namespace foundation::endpoints {
namespace {

using core::Duration;
using core::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Demand small{.expected = {10, 5}, .most = {40, 20}};
using Kind = Grant::Kind;

/// A book whose answers take a while to come, and whose reports can be looked at.
class FarBook final : public GrantSource {
 public:
  FarBook(const LimitOptions& limits, Duration latency)
      : book_{limits}, latency_{latency}, purse{limits, Distance::far} {
    purse.attach(*this);
  }
  void report(const BudgetReport& report) override {
    const std::lock_guard lock{mutex_};
    last_ = report;
    waited_ += report.needed > came_ ? 1 : 0;
    book_.report(1, report);
    serve();
  }
  void poll() override {
    std::vector<Award> came;
    {
      const std::lock_guard lock{mutex_};
      serve();
      const Time now = core::monotonic_now();
      for (; !under_way_.empty() && under_way_.front().first <= now; under_way_.pop_front())
        came.push_back(under_way_.front().second);
      for (const Award& award : came) came_ += award.grants;
    }
    for (const Award& award : came) purse.take(award);
  }
  BudgetReport last() {
    const std::lock_guard lock{mutex_};
    return last_;
  }
  /// Reports of requests that wait for an answer.
  int waited() {
    const std::lock_guard lock{mutex_};
    return waited_;
  }

 private:
  void serve() {
    for (const auto& it : book_.serve(core::monotonic_now()))
      under_way_.emplace_back(core::monotonic_now() + latency_, it.award);
  }

  std::mutex mutex_;
  GrantBook book_;
  Duration latency_;
  std::deque<std::pair<Time, Award>> under_way_;
  BudgetReport last_;
  std::uint64_t came_ = 0;
  int waited_ = 0;

 public:
  Purse purse;
};

TEST(Purse, says_what_was_used_and_what_was_not) {
  FarBook far{{.tokens = 10'000}, milliseconds{0}};
  const Grant first = far.purse.ask(small, {});
  const Grant second = far.purse.ask(small, {});
  EXPECT_EQ(first.kind, Kind::granted);
  EXPECT_TRUE(is_within(small.most, second.most));
  far.purse.settle(first, {7, 3});
  far.purse.hand_back(second);
  std::this_thread::sleep_for(milliseconds{20});
  far.purse.beat();
  EXPECT_EQ(far.last().used, (Usage{7, 3}));
  EXPECT_EQ(far.last().closed, 2U);
  EXPECT_EQ(far.last().unused, 1U);
  EXPECT_EQ(far.last().released, 2 * small.most);
}

/// Once it is known how many there are, grants are there before they are needed.
TEST(Purse, in_a_steady_state_no_request_waits_for_a_message) {
  FarBook far{{.requests_per_minute = 1e6}, milliseconds{20}};
  int waited_at_first = 0;
  for (int i = 0; i < 300; ++i) {
    if (i == 100) waited_at_first = far.waited();
    const Grant grant = far.purse.ask(small, {});
    std::this_thread::sleep_for(milliseconds{5});
    far.purse.settle(grant, {1, 1});
  }
  EXPECT_GE(waited_at_first, 1);
  EXPECT_LE(far.waited() - waited_at_first, 20) << "of 200 requests";
}

TEST(Purse, what_nobody_uses_is_handed_back) {
  FarBook far{{.tokens = 100'000}, milliseconds{0}};
  for (int i = 0; i < 10; ++i) {
    far.purse.settle(far.purse.ask(small, {}), {1, 1});
    std::this_thread::sleep_for(milliseconds{15});
  }
  std::this_thread::sleep_for(grant_validity + milliseconds{600});
  far.poll();
  far.purse.beat();
  std::this_thread::sleep_for(milliseconds{20});
  far.poll();
  far.purse.beat();
  const BudgetReport last = far.last();
  EXPECT_EQ(last.needed, last.closed) << "none is held";
  EXPECT_EQ(last.wanted, last.needed) << "none is wanted";
  EXPECT_EQ(last.closed - last.unused, 10U);
}

TEST(Purse, a_caller_without_patience_leaves_the_queue) {
  FarBook far{{.requests_per_minute = 1}, milliseconds{0}};
  EXPECT_EQ(far.purse.ask(small, {}).kind, Kind::granted);
  const auto soon = [] { return core::monotonic_now() + milliseconds{30}; };
  EXPECT_EQ(far.purse.ask(small, {.stop = {}, .until = soon()}).kind, Kind::given_up);
  std::stop_source stop;
  std::jthread stopper{[&] {
    std::this_thread::sleep_for(milliseconds{30});
    stop.request_stop();
  }};
  EXPECT_EQ(far.purse.ask(small, {.stop = stop.get_token()}).kind, Kind::given_up);
}

TEST(Purse, a_larger_request_gets_a_larger_grant) {
  FarBook far{{.tokens = 100'000}, milliseconds{0}};
  for (int i = 0; i < 20; ++i) far.purse.settle(far.purse.ask(small, {}), {1, 1});
  const Grant large = far.purse.ask({.expected = {10, 5}, .most = {4000, 20}}, {});
  EXPECT_EQ(large.kind, Kind::granted);
  EXPECT_EQ(large.most.prompt_tokens, 4000U);
}

TEST(Purse, everybody_hears_that_the_budget_is_spent) {
  FarBook far{{.tokens = 130}, milliseconds{1}};
  std::atomic<int> granted{0};
  std::atomic<int> spent{0};
  std::vector<std::jthread> callers;
  for (int i = 0; i < 8; ++i)
    callers.emplace_back([&] {
      const Grant grant = far.purse.ask(small, {});
      ++(grant.kind == Kind::granted ? granted : spent);
      if (grant.kind == Kind::granted) return far.purse.settle(grant, {20, 20});
      EXPECT_EQ(grant.reason, "the budget of 130 tokens is spent (program.limits.tokens)");
    });
  callers.clear();
  EXPECT_EQ(granted, 2);
  EXPECT_EQ(spent, 6);
}

TEST(BudgetDesk, is_the_whole_budget_of_one_process) {
  const auto desk = std::make_shared<BudgetDesk>(LimitOptions{.requests_per_minute = 6000});
  const auto budget = BudgetDesk::budget_of(desk);
  std::atomic<int> granted{0};
  const Time begin = core::monotonic_now();
  std::vector<std::jthread> callers;
  for (int i = 0; i < 20; ++i)
    callers.emplace_back([&] {
      while (core::monotonic_now() - begin < seconds{2}) {
        budget->settle(budget->ask(small, {}), {1, 1});
        ++granted;
      }
    });
  callers.clear();
  const double span = static_cast<double>((core::monotonic_now() - begin).count()) * 1e-9;
  EXPECT_LE(granted, 100 * span + 2);
  EXPECT_GE(granted, 0.9 * 100 * span);
}

TEST(BudgetDesk, keeps_what_others_are_given_until_it_is_collected) {
  BudgetDesk desk{{.tokens = 1000}};
  desk.report_of(3, {.number = 1, .needed = 2, .wanted = 2, .each = small});
  const auto deliveries = desk.collect();
  ASSERT_EQ(deliveries.size(), 1U);
  EXPECT_EQ(deliveries.front().holder, 3U);
  EXPECT_EQ(deliveries.front().award.grants, 2U);
  EXPECT_TRUE(desk.collect().empty());
}

}  // namespace
}  // namespace foundation::endpoints
