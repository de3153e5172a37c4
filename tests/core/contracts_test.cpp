// Contracts switched on, whatever the build says.
#undef FOUNDATION_CONTRACTS
#define FOUNDATION_CONTRACTS 1
#include "core/contracts.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace foundation::core {
namespace {

TEST(Contracts, pass_when_they_hold) {
  EXPECT_NO_THROW(EXPECTS(1 + 1 == 2));
  EXPECT_NO_THROW(ASSERT(true));
  EXPECT_NO_THROW(ENSURES(true));
}

TEST(Contracts, throw_with_kind_place_and_condition) {
  const int count = 0;
  try {
    EXPECTS(count > 0);
    FAIL() << "not thrown";
  } catch (const ContractViolation& violation) {
    EXPECT_THAT(violation.what(), testing::HasSubstr("contracts_test.cpp:"));
    EXPECT_THAT(violation.what(), testing::HasSubstr("precondition failed: count > 0"));
  }
  EXPECT_THROW(ASSERT(count > 0), ContractViolation);
  EXPECT_THROW(ENSURES(count > 0), ContractViolation);
}

}  // namespace
}  // namespace foundation::core
