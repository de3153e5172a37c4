#include "endpoints/pace.hpp"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>

namespace foundation::endpoints {
namespace {

using core::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time start{1'000'000'000'000};

/// How many amounts of this size can be taken at once.
int take_all(Pace& pace, double amount, Time now) {
  int taken = 0;
  for (; taken < 1000 && pace.is_open(now); ++taken) pace.take(amount, now);
  return taken;
}

TEST(Pace, without_a_limit_it_is_always_open) {
  Pace pace{0};
  EXPECT_EQ(take_all(pace, 1000, start), 1000);
}

TEST(Pace, is_even) {
  Pace pace{120};
  for (int i = 0; i < 10; ++i) EXPECT_EQ(take_all(pace, 1, start + milliseconds{500} * i), 1) << i;
}

TEST(Pace, at_most_a_second_is_caught_up) {
  Pace pace{120};
  EXPECT_EQ(take_all(pace, 1, start), 1);
  EXPECT_EQ(take_all(pace, 1, start + seconds{100}), 3);
}

/// In any minute: 5 % more than the limit at most, however callers come.
TEST(Pace, no_minute_has_more_than_the_limit) {
  Pace pace{600};
  std::vector<Time> taken;
  for (Time now = start; now < start + seconds{300}; now = now + milliseconds{50})
    if (now.ns / 20'000'000'000 % 2 == 0)
      for (int i = take_all(pace, 1, now); i > 0; --i) taken.push_back(now);
  for (const Time first : taken) {
    const auto in_minute = std::ranges::count_if(
        taken, [&](Time it) { return it >= first && it < first + seconds{60}; });
    ASSERT_LE(in_minute, 630);
  }
}

TEST(Pace, corrections_move_those_who_come_later) {
  Pace pace{60};
  pace.take(10, start);
  EXPECT_FALSE(pace.is_open(start + seconds{9}));
  pace.correct(-8);
  EXPECT_FALSE(pace.is_open(start + seconds{1}));
  EXPECT_TRUE(pace.is_open(start + seconds{2}));
  pace.correct(3);
  EXPECT_FALSE(pace.is_open(start + seconds{4}));
  EXPECT_TRUE(pace.is_open(start + seconds{5}));
}

}  // namespace
}  // namespace foundation::endpoints
