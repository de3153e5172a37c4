#include "tests/simulation/reach.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include "tests/simulation/seeds.hpp"

namespace foundation::simulation {
namespace {

TEST(Reach, no_mark_is_missed_by_the_normal_seeds) {
  forget_reached();
  const SeedsResult result = run_seeds(1, FOUNDATION_SIMULATION_SEEDS, false);
  EXPECT_TRUE(result.failing.empty());
  fmt::print("{}", reach_table());
  for (std::size_t i = 0; i < core::reach_names.size(); ++i)
    EXPECT_GT(reached(static_cast<core::Reach>(i)), 0U) << core::reach_names[i];
}

}  // namespace
}  // namespace foundation::simulation
