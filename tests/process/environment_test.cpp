#include "process/environment.hpp"

#include <cstdlib>

#include <gmock/gmock.h>

namespace foundation::process {
namespace {

TEST(Environment, holds_what_is_named_and_what_is_set) {
  setenv("PROCESS_TEST_A", "1", 1);
  setenv("PROCESS_TEST_B", "2", 1);
  setenv("PROCESS_SECRET", "3", 1);
  const std::vector<std::string> passed{"PROCESS_TEST_*", "PROCESS_TEST", "NOT_THERE"};
  EXPECT_THAT(make_environment(passed, {{"PROCESS_TEST_B", "own"}, {"A", "x=y"}}),
              testing::ElementsAre("A=x=y", "PROCESS_TEST_A=1", "PROCESS_TEST_B=own"));
  EXPECT_THAT(make_environment({}, {}), testing::IsEmpty());
}

}  // namespace
}  // namespace foundation::process
