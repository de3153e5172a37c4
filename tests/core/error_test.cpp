#include "core/error.hpp"

#include <cerrno>

#include <gtest/gtest.h>

namespace foundation::core {
namespace {

TEST(Error, describes_itself_like_a_compiler) {
  const Error error{ErrorKind::bad_input,
                    {.file = "job.toml", .line = 7, .column = 3, .text = "  stratgy = \"random\""},
                    "unknown key 'stratgy'",
                    "did you mean 'strategy'?"};
  EXPECT_EQ(describe(error),
            "error: unknown key 'stratgy'\n"
            "  --> job.toml:7:3\n"
            "    7 |   stratgy = \"random\"\n"
            "      |   ^\n"
            "  help: did you mean 'strategy'?");
  EXPECT_STREQ(error.what(), "unknown key 'stratgy'");
  EXPECT_EQ(error.kind(), ErrorKind::bad_input);
}

TEST(Error, shows_nothing_that_a_terminal_would_obey) {
  const Error error{ErrorKind::bad_input,
                    {.file = "a\x1b[2J.toml", .line = 1, .column = 2, .text = "\tx\x1b[31m"},
                    "unknown key 'x\nerror: forged'",
                    "did you mean '\xFF'?"};
  EXPECT_EQ(describe(error),
            "error: unknown key 'x\\nerror: forged'\n"
            "  --> a\\x1b[2J.toml:1:2\n"
            "    1 |  x\\x1b[31m\n"
            "      |  ^\n"
            "  help: did you mean '\xEF\xBF\xBD'?");
}

TEST(Error, leaves_out_what_is_unknown) {
  EXPECT_EQ(describe(Error{ErrorKind::internal, "broken"}), "error: broken");
  EXPECT_EQ(describe(Error{ErrorKind::io, Place{"a.csv", 0, 0, ""}, "empty"}),
            "error: empty\n  --> a.csv");
  EXPECT_EQ(describe(Error{ErrorKind::io, Place{"a.csv", 2, 0, "x"}, "bad"}),
            "error: bad\n  --> a.csv:2\n    2 | x");
}

TEST(Error, names_the_system_call_that_failed) {
  const Error error = system_error("open", "/no/such/file", ENOENT);
  EXPECT_STREQ(error.what(), "cannot open '/no/such/file': No such file or directory");
  EXPECT_EQ(error.kind(), ErrorKind::io);
}

TEST(Error, kinds_have_the_documented_exit_status) {
  EXPECT_EQ(exit_status(ErrorKind::usage), 2);
  EXPECT_EQ(exit_status(ErrorKind::bad_input), 2);
  EXPECT_EQ(exit_status(ErrorKind::conflict), 2);
  EXPECT_EQ(exit_status(ErrorKind::no_result), 4);
  EXPECT_EQ(exit_status(ErrorKind::io), 5);
  EXPECT_EQ(exit_status(ErrorKind::corrupt_data), 5);
  EXPECT_EQ(exit_status(ErrorKind::infrastructure), 5);
  EXPECT_EQ(exit_status(ErrorKind::internal), 70);
}

}  // namespace
}  // namespace foundation::core
