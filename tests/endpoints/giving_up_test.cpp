#include "endpoints/detail/giving_up.hpp"

#include <gtest/gtest.h>

namespace foundation::endpoints::detail {
namespace {

TEST(GivingUp, what_is_wrong_with_one_request_ends_no_other) {
  for (const TroubleKind kind :
       {TroubleKind::refused, TroubleKind::bad_output, TroubleKind::timeout})
    EXPECT_FALSE(ends_all(kind, {.answered = 0, .answered_meanwhile = 0, .failed = 100}));
  for (const TroubleKind kind : {TroubleKind::server_error, TroubleKind::unusable})
    EXPECT_FALSE(ends_all(kind, {.answered = 1, .answered_meanwhile = 0, .failed = 100}));
}

TEST(GivingUp, when_nobody_gets_through_there_is_no_use_in_asking) {
  for (const TroubleKind kind :
       {TroubleKind::denied, TroubleKind::not_found, TroubleKind::untrusted, TroubleKind::limited,
        TroubleKind::overloaded, TroubleKind::no_contact, TroubleKind::cut}) {
    EXPECT_TRUE(ends_all(kind, {.answered = 50, .answered_meanwhile = 0, .failed = 1}));
    EXPECT_FALSE(ends_all(kind, {.answered = 50, .answered_meanwhile = 1, .failed = 1}));
  }
}

TEST(GivingUp, ten_failures_at_the_start_are_enough) {
  EXPECT_FALSE(ends_all(TroubleKind::server_error, {.failed = 9}));
  EXPECT_TRUE(ends_all(TroubleKind::server_error, {.failed = 10}));
  EXPECT_TRUE(ends_all(TroubleKind::unusable, {.failed = 10}));
}

}  // namespace
}  // namespace foundation::endpoints::detail
