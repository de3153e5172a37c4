#include "process/executable.hpp"

#include <gtest/gtest.h>

namespace foundation::process {
namespace {

TEST(Executable, by_name) {
  EXPECT_TRUE(find_executable("sh", "/nowhere").path.ends_with("/sh"));
  EXPECT_EQ(find_executable("no-such-program", "/").problem, "is not in any folder of PATH");
  EXPECT_EQ(find_executable("", "/").problem, "has no name");
}

TEST(Executable, by_path) {
  EXPECT_EQ(find_executable("/bin/sh", "/nowhere").path, "/bin/sh");
  EXPECT_EQ(find_executable("./sh", "/usr/bin").path, "/usr/bin/sh");
  EXPECT_EQ(find_executable("bin/sh", "/usr").path, "/usr/bin/sh");
  EXPECT_EQ(find_executable("./nothing", "/usr").problem, "does not exist");
  EXPECT_EQ(find_executable("/usr", "/").problem, "is no file");
  EXPECT_EQ(find_executable("/etc/passwd", "/").problem, "may not be executed");
}

}  // namespace
}  // namespace foundation::process
