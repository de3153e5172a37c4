#include "endpoints/detail/token_estimate.hpp"

#include <gtest/gtest.h>

namespace foundation::endpoints::detail {
namespace {

TEST(TokenEstimate, learns_how_many_tokens_a_request_takes) {
  TokenEstimate estimate;
  EXPECT_EQ(estimate.demand(300, 200).expected, (Usage{100, 200}));
  estimate.learn(300, {60, 20});
  EXPECT_EQ(estimate.demand(300, 200).expected, (Usage{60, 20}));
  estimate.learn(300, {60, 30});
  EXPECT_EQ(estimate.demand(600, 200).expected, (Usage{120, 21}));
  EXPECT_EQ(estimate.demand(300, 10).expected, (Usage{60, 10})) << "no answer is longer than asked";
}

TEST(TokenEstimate, sets_aside_what_a_request_takes_at_most) {
  TokenEstimate estimate;
  estimate.learn(300, {60, 20});
  EXPECT_EQ(estimate.demand(300, 200).most, (Usage{300, 200}));
}

TEST(TokenEstimate, servers_that_do_not_count_teach_nothing) {
  TokenEstimate estimate;
  estimate.learn(300, {0, 0});
  EXPECT_EQ(estimate.demand(300, 200).expected, (Usage{100, 200}));
}

}  // namespace
}  // namespace foundation::endpoints::detail
