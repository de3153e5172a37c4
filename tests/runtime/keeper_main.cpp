#include <gtest/gtest.h>

#include "keeper_scenarios.hpp"

/// The tests run in the working process of a keeper, which starts this executable again: as the
/// child that the program would start (`rebuild`), or as a process tree of its own (`scenario`).
int main(int argc, char** argv) {
  if (const auto status = foundation::testing::play_part({argv + 1, argv + argc})) return *status;
  ::testing::InitGoogleTest(&argc, argv);
  foundation::testing::split_for_tests();
  return RUN_ALL_TESTS();
}
