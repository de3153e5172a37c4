// Contracts switched off, whatever the build says: conditions are not even evaluated.
#undef FOUNDATION_CONTRACTS
#define FOUNDATION_CONTRACTS 0
#include <gtest/gtest.h>

#include "core/contracts.hpp"

namespace foundation::core {
namespace {

TEST(ContractsOff, conditions_are_not_evaluated) {
  [[maybe_unused]] int evaluations = 0;
  EXPECTS(++evaluations < 0);
  ASSERT(++evaluations < 0);
  ENSURES(++evaluations < 0);
  EXPECT_EQ(evaluations, 0);
}

}  // namespace
}  // namespace foundation::core
