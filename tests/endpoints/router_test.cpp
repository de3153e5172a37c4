#include "endpoints/router.hpp"

#include <algorithm>
#include <array>
#include <vector>

#include <gmock/gmock.h>

namespace foundation::endpoints {
namespace {

using core::Time;
using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Time now{5'000'000'000};
const std::vector<Router::Target> three{{11, 1}, {22, 1}, {33, 1}};

/// Where requests with prefixes 0 to `count` go, one at a time.
std::vector<std::size_t> homes(Router& router, std::uint64_t count) {
  std::vector<std::size_t> chosen;
  for (std::uint64_t prefix = 0; prefix < count; ++prefix) {
    chosen.push_back(router.choose(prefix, now).endpoint.value());
    router.ended(chosen.back());
  }
  return chosen;
}

TEST(Router, a_prefix_has_a_home_and_homes_follow_the_weights) {
  const std::vector<Router::Target> targets{{11, 1}, {22, 3}};
  Router router{targets};
  const auto first = homes(router, 4000);
  EXPECT_EQ(first, homes(router, 4000));
  EXPECT_NEAR(static_cast<double>(std::count(first.begin(), first.end(), 1U)), 3000, 120);
}

TEST(Router, the_order_of_the_endpoints_makes_no_difference) {
  const std::vector<Router::Target> turned{{33, 1}, {22, 1}, {11, 1}};
  Router one{three};
  Router other{turned};
  const auto a = homes(one, 200);
  const auto b = homes(other, 200);
  for (std::size_t i = 0; i < a.size(); ++i) EXPECT_EQ(three[a[i]].identity, turned[b[i]].identity);
}

TEST(Router, a_closed_endpoint_loses_its_prefixes_alone_and_gets_them_back) {
  Router router{three};
  const auto before = homes(router, 300);
  router.close_until(1, now + seconds{5});
  const auto meanwhile = homes(router, 300);
  for (std::size_t i = 0; i < before.size(); ++i) {
    if (before[i] != 1) {
      EXPECT_EQ(meanwhile[i], before[i]);
    }
    EXPECT_NE(meanwhile[i], 1U);
  }
  EXPECT_EQ(router.choose(0, now + seconds{5}).endpoint.value(), before[0]);
}

TEST(Router, no_endpoint_gets_much_more_than_its_share) {
  Router router{three};
  std::array<int, 3> under_way{};
  for (int i = 0; i < 120; ++i) ++under_way.at(router.choose(7, now).endpoint.value());
  for (const int count : under_way) EXPECT_LE(count, 51);
  EXPECT_GE(*std::max_element(under_way.begin(), under_way.end()), 49);
}

TEST(Router, says_when_to_ask_again_when_all_are_closed) {
  Router router{three};
  for (std::size_t i = 0; i < 3; ++i) router.close_until(i, now + seconds{3 + static_cast<int>(i)});
  const auto choice = router.choose(1, now);
  EXPECT_FALSE(choice.endpoint.has_value());
  EXPECT_EQ(choice.ask_again, now + seconds{3});
  EXPECT_EQ(router.choose(1, choice.ask_again).endpoint, 0U);
}

TEST(Router, an_endpoint_out_of_reach_is_left_alone_longer_and_longer) {
  const std::vector<Router::Target> one{{11, 1}};
  Router router{one};
  Time moment = now;
  std::vector<std::int64_t> pauses;
  for (int i = 0; i < 8; ++i) {
    router.unreachable(0, moment);
    router.unreachable(0, moment);  // under way at the same time: says nothing new
    const Time open = router.choose(0, moment).ask_again;
    pauses.push_back((open - moment).count() / 1'000'000'000);
    moment = open;
  }
  EXPECT_THAT(pauses, testing::ElementsAre(1, 2, 4, 8, 16, 30, 30, 30));
  router.answered(0);
  router.unreachable(0, moment);
  EXPECT_EQ(router.choose(0, moment).ask_again, moment + seconds{1});
}

}  // namespace
}  // namespace foundation::endpoints
