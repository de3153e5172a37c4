// The budget of a run as a pure state machine: who is given what, and what is never given.
#include "endpoints/grant_book.hpp"

#include <algorithm>
#include <map>
#include <optional>
#include <span>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::endpoints {
namespace {

using core::Duration;
using core::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time start{1'000'000'000'000};
constexpr Demand small{.expected = {10, 5}, .most = {40, 20}};

/// What a process says over time.
struct Process {
  Holder holder = 0;
  BudgetReport state{};
  std::uint64_t came = 0;

  BudgetReport needs(std::uint64_t waiting, const Demand& each = small, std::uint64_t ahead = 0) {
    ++state.number;
    state.needed = came + waiting;
    state.wanted = state.needed + ahead;
    state.each = each;
    return state;
  }
  void ends(const Usage& used, const Demand& each = small) {
    ++state.closed;
    state.released = state.released + each.most;
    state.used = state.used + used;
  }
  void hands_back(std::uint64_t count, const Demand& each = small) {
    state.closed += count;
    state.unused += count;
    state.released = state.released + count * each.most;
  }
};

std::map<Holder, std::uint32_t> grants_of(GrantBook& book, Time now) {
  std::map<Holder, std::uint32_t> grants;
  for (const auto& [holder, award] : book.serve(now)) grants[holder] += award.grants;
  return grants;
}

/// A book without a rate gives all that is wanted at once.
TEST(GrantBook, what_is_wanted_counts_from_the_beginning) {
  GrantBook book{{.tokens = 1'000'000}};
  Process process;
  book.report(0, process.needs(3));
  EXPECT_EQ(grants_of(book, start)[0], 3U);
  book.report(0, process.needs(3));  // sent before the grants came
  EXPECT_TRUE(grants_of(book, start).empty());
  process.came = 3;
  book.report(0, process.needs(2));
  EXPECT_EQ(grants_of(book, start)[0], 2U);
}

TEST(GrantBook, a_report_that_is_late_does_no_harm) {
  GrantBook book{{.tokens = 1'000'000}};
  Process process;
  const BudgetReport early = process.needs(1);
  const BudgetReport late = process.needs(5);
  book.report(0, late);
  book.report(0, early);
  EXPECT_EQ(grants_of(book, start)[0], 5U);
}

TEST(GrantBook, a_report_that_cannot_be_is_ignored) {
  GrantBook book{{.tokens = 1'000'000}};
  Process process;
  process.ends({1, 1});  // nothing was granted
  book.report(0, process.needs(5));
  EXPECT_TRUE(grants_of(book, start).empty());
  EXPECT_EQ(book.used_at_most(), Usage{});
}

TEST(GrantBook, who_is_idle_leaves_everything_to_the_others) {
  GrantBook book{{.requests_per_minute = 600}};
  Process busy{.holder = 1};
  book.report(1, busy.needs(1000));
  std::uint32_t given = 0;
  for (Time now = start; now < start + seconds{30}; now = now + milliseconds{10})
    given += grants_of(book, now)[1];
  EXPECT_GE(given, 297U);
  EXPECT_LE(given, 301U);
}

TEST(GrantBook, those_who_wait_take_turns_and_come_before_those_who_want_to_have_some) {
  GrantBook book{{.requests_per_minute = 600}};
  std::vector<Process> processes{{.holder = 0}, {.holder = 1}, {.holder = 2}};
  book.report(0, processes[0].needs(1000));
  book.report(1, processes[1].needs(1000));
  book.report(2, processes[2].needs(0, small, 1000));
  std::map<Holder, std::uint32_t> given;
  for (Time now = start; now < start + seconds{20}; now = now + milliseconds{10})
    for (const auto& [holder, count] : grants_of(book, now)) given[holder] += count;
  EXPECT_NEAR(given[0], 100, 2);
  EXPECT_NEAR(given[1], 100, 2);
  EXPECT_EQ(given[2], 0U);
}

TEST(GrantBook, tokens_a_minute_follow_what_was_really_taken) {
  GrantBook book{{.tokens_per_minute = 6000}};  // 100 a second
  Process process;
  const Demand each{.expected = {100, 200}, .most = {300, 200}};
  book.report(0, process.needs(2, each));
  EXPECT_EQ(grants_of(book, start)[0], 1U);
  EXPECT_TRUE(grants_of(book, start + milliseconds{2990}).empty()) << "300 are expected";
  process.came = 1;
  process.ends({60, 20}, each);
  book.report(0, process.needs(1, each));
  EXPECT_EQ(grants_of(book, start + milliseconds{2990})[0], 1U) << "80 were taken";
}

TEST(GrantBook, what_is_handed_back_can_be_used_by_others) {
  GrantBook book{{.requests_per_minute = 60}};
  Process first;
  Process second{.holder = 1};
  book.report(0, first.needs(0, small, 1));
  EXPECT_EQ(grants_of(book, start)[0], 1U);
  first.came = 1;
  first.hands_back(1);
  book.report(0, first.needs(0));
  book.report(1, second.needs(1));
  EXPECT_EQ(grants_of(book, start + milliseconds{10})[1], 1U);
}

// --- amounts -------------------------------------------------------------------------------------

TEST(GrantBook, waits_for_what_is_under_way_before_it_says_spent) {
  GrantBook book{{.tokens = 100}};
  Process first;
  Process second{.holder = 1};
  book.report(0, first.needs(1));
  EXPECT_EQ(grants_of(book, start)[0], 1U);
  book.report(1, second.needs(1));
  EXPECT_TRUE(book.serve(start).empty());  // 60 are set aside
  first.came = 1;
  first.ends({20, 10});
  book.report(0, first.needs(0));
  EXPECT_EQ(grants_of(book, start)[1], 1U);
  second.came = 1;
  second.ends({20, 10});
  book.report(1, second.needs(1));
  const auto told = book.serve(start);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().award.spent, Spent::tokens);
  EXPECT_EQ(told.front().award.grants, 0U);
}

TEST(GrantBook, everybody_who_waits_is_told_that_it_is_spent) {
  GrantBook book{{.cost = 1, .input_price = 1e6, .output_price = 1e6}};
  Process first;
  Process second{.holder = 1};
  book.report(0, first.needs(1));
  book.report(1, second.needs(1));
  const auto told = book.serve(start);
  ASSERT_EQ(told.size(), 2U);
  for (const auto& [holder, award] : told) EXPECT_EQ(award.spent, Spent::cost) << holder;
  EXPECT_TRUE(book.serve(start).empty()) << "once";
}

TEST(GrantBook, to_have_some_is_no_reason_to_call_it_spent) {
  GrantBook book{{.tokens = 10}};
  Process process;
  book.report(0, process.needs(0, small, 3));
  EXPECT_TRUE(book.serve(start).empty());
}

TEST(GrantBook, what_the_dead_may_have_used_is_used) {
  GrantBook book{{.tokens = 1000}};
  Process dead{.holder = 1};
  book.report(1, dead.needs(3));
  EXPECT_EQ(grants_of(book, start)[1], 3U);
  dead.came = 3;
  dead.ends({5, 5});
  book.report(1, dead.needs(10));
  book.lost(1);
  EXPECT_TRUE(grants_of(book, start).empty()) << "it wants nothing any more";
  EXPECT_EQ(book.used_at_most(), (Usage{85, 45}));
  dead.ends({40, 20});
  book.report(1, dead.needs(0));  // late, or back again
  EXPECT_EQ(book.used_at_most(), (Usage{85, 45}));
}

TEST(GrantBook, nothing_is_given_beyond_a_durable_mark) {
  GrantBook book{{.tokens = 100'000}};
  book.keep_marks({1000, 500});
  Process process;
  book.report(0, process.needs(100));
  EXPECT_TRUE(grants_of(book, start).empty());
  const auto mark = book.take_mark(start);
  ASSERT_TRUE(mark);
  EXPECT_EQ(*mark, (Usage{1160, 580})) << "four requests ahead";
  EXPECT_FALSE(book.take_mark(start)) << "one at a time";
  EXPECT_TRUE(grants_of(book, start).empty());
  book.mark_is_durable();
  EXPECT_EQ(grants_of(book, start)[0], 4U);
  EXPECT_EQ(book.used_at_most(), *mark);
}

TEST(GrantBook, a_mark_is_exact_when_nothing_is_under_way_or_all_is_spent) {
  GrantBook book{{.tokens = 200}};
  book.keep_marks({});
  Process process;
  book.report(0, process.needs(1));
  (void)book.serve(start);
  (void)book.take_mark(start);
  book.mark_is_durable();
  (void)book.serve(start);
  process.came = 1;
  process.ends({12, 7});
  book.report(0, process.needs(0));
  (void)book.serve(start);
  EXPECT_FALSE(book.take_mark(start + milliseconds{100}));
  EXPECT_EQ(book.take_mark(start + milliseconds{250}), (Usage{12, 7}));
  book.mark_is_durable();
  const Demand huge{.expected = {500, 5}, .most = {500, 5}};
  book.report(0, process.needs(1, huge));
  EXPECT_EQ(book.serve(start + seconds{1}).size(), 1U);
  EXPECT_FALSE(book.take_mark(start + seconds{1})) << "it is exact already";
}

TEST(GrantBook, nobody_hears_of_the_end_before_the_exact_mark_is_durable) {
  GrantBook book{{.tokens = 70}};
  book.keep_marks({});
  Process process;
  book.report(0, process.needs(1));
  (void)book.serve(start);
  (void)book.take_mark(start);
  book.mark_is_durable();
  EXPECT_EQ(grants_of(book, start)[0], 1U);
  process.came = 1;
  process.ends({12, 7});
  book.report(0, process.needs(1));
  EXPECT_TRUE(book.serve(start).empty());
  EXPECT_EQ(book.take_mark(start), (Usage{12, 7}));
  EXPECT_TRUE(book.serve(start).empty());
  book.mark_is_durable();
  const auto told = book.serve(start);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().award.spent, Spent::tokens);
}

// --- properties ----------------------------------------------------------------------------------

/// Several processes whose reports come late, twice and in any order, use grants as late as they
/// may, hand them back, and die.
class Crowd {
 public:
  explicit Crowd(std::uint64_t seed) : chance_{seed, core::Purpose::simulate} {
    for (Holder it = 0; it < 4; ++it) processes_.push_back({.holder = it});
  }

  void run(GrantBook& book, Duration span, const LimitOptions& limits) {
    for (const Time end = now_ + span; now_ < end; now_ = now_ + milliseconds{20}) {
      for (Process& process : processes_) act(process, now_);
      deliver(book);
      for (const auto& [holder, award] : book.serve(now_)) take(award, holder, now_);
      (void)book.take_mark(now_);
      if (chance_.chance(0.3)) book.mark_is_durable();
      if (limits.tokens > 0) {
        ASSERT_LE(total_of(used_), limits.tokens);
        ASSERT_LE(total_of(book.used_at_most()), limits.tokens);
        ASSERT_TRUE(is_within(used_, book.used_at_most()));
      }
    }
  }
  [[nodiscard]] const std::vector<Time>& sent() const { return sent_; }
  [[nodiscard]] Usage used() const { return used_; }
  void kill(GrantBook& book, Holder holder) {
    book.lost(holder);
    dead_ = holder;
  }

 private:
  struct Open {
    Holder holder;
    Time until;
  };
  void act(Process& process, Time now) {
    std::vector<Open> rest;
    for (const Open& it : open_) {
      if (it.holder != process.holder || chance_.chance(0.5)) {
        rest.push_back(it);
      } else if (it.until < now || chance_.chance(0.1)) {
        process.hands_back(1);
      } else {
        const Usage used{chance_.below(small.most.prompt_tokens + 1),
                         chance_.below(small.most.completion_tokens + 1)};
        sent_.push_back(now);
        used_ = used_ + used;
        process.ends(used);
      }
    }
    open_ = rest;
    if (process.holder == dead_) return;
    const BudgetReport report = process.needs(chance_.below(8), small, chance_.below(4));
    on_the_way_.push_back({process.holder, report});
    if (chance_.chance(0.2)) on_the_way_.push_back({process.holder, report});
  }
  void deliver(GrantBook& book) {
    chance_.shuffle(std::span{on_the_way_});
    while (on_the_way_.size() > 3) {
      book.report(on_the_way_.back().first, on_the_way_.back().second);
      on_the_way_.pop_back();
    }
  }
  void take(const Award& award, Holder holder, Time now) {
    processes_[holder].came += award.grants;
    for (std::uint32_t i = 0; i < award.grants; ++i)
      open_.push_back({holder, now + grant_validity});
  }

  core::Stream chance_;
  Time now_ = start;
  std::vector<Process> processes_;
  std::vector<Open> open_;
  std::vector<std::pair<Holder, BudgetReport>> on_the_way_;
  std::vector<Time> sent_;
  Usage used_{};
  std::optional<Holder> dead_;
};

TEST(GrantBook, no_minute_has_more_than_five_per_cent_above_the_limit) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const LimitOptions limits{.requests_per_minute = 600};
    GrantBook book{limits};
    Crowd crowd{seed};
    crowd.run(book, seconds{90}, limits);
    crowd.kill(book, 1);
    crowd.run(book, seconds{90}, limits);
    EXPECT_GT(crowd.sent().size(), 700U);
    std::vector<Time> sent = crowd.sent();
    std::ranges::sort(sent, {}, &Time::ns);
    for (std::size_t first = 0, end = 0; first < sent.size(); ++first) {
      while (end < sent.size() && sent[end] < sent[first] + seconds{60}) ++end;
      ASSERT_LE(end - first, 630U) << seed;
    }
  }
}

TEST(GrantBook, amounts_are_never_exceeded) {
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    const LimitOptions limits{.tokens = 20'000};
    GrantBook book{limits};
    book.keep_marks({100, 100});
    Crowd crowd{seed};
    crowd.run(book, seconds{3}, limits);
    crowd.kill(book, static_cast<Holder>(seed % 4));
    crowd.run(book, seconds{20}, limits);
    EXPECT_GT(total_of(crowd.used()), 15'000U) << seed;
  }
}

}  // namespace
}  // namespace foundation::endpoints
