#include "runtime/short_command.hpp"

#include <gmock/gmock.h>

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ShortCommand, tells_status_and_output_of_each) {
  const auto outcomes = run_commands({{"sh", "-c", "echo out; echo err >&2; exit 3"},
                                      {"true"},
                                      {"sh", "-c", "kill -9 $$"},
                                      {"there-is-no-such-command"}},
                                     {60s});
  ASSERT_EQ(outcomes.size(), 4U);
  EXPECT_EQ(outcomes[0].status, 3);
  EXPECT_THAT(outcomes[0].output, HasSubstr("out\n"));
  EXPECT_THAT(outcomes[0].output, HasSubstr("err\n"));
  EXPECT_EQ(outcomes[1].status, 0);
  EXPECT_EQ(outcomes[2].status, 128 + 9);
  EXPECT_FALSE(outcomes[3].status);
}

TEST(ShortCommand, runs_them_at_once_and_ends_those_that_take_too_long) {
  const core::Time begin = core::monotonic_now();
  const std::vector<std::string> slow{"sh", "-c", "echo here; sleep 300 & sleep 300"};
  const auto outcomes = run_commands({slow, slow, {"true"}, slow}, {2s});
  EXPECT_LT(core::monotonic_now() - begin, 60s);
  for (const int number : {0, 1, 3}) {
    EXPECT_FALSE(outcomes[static_cast<std::size_t>(number)].status);
    EXPECT_EQ(outcomes[static_cast<std::size_t>(number)].output, "here\n");
  }
  EXPECT_EQ(outcomes[2].status, 0);
}

TEST(ShortCommand, waits_for_more_as_long_as_some_end) {
  const auto outcomes = run_commands({{"sleep", "0"}, {"sleep", "3"}, {"sleep", "6"}}, {60s, 20s});
  for (const CommandOutcome& outcome : outcomes) EXPECT_EQ(outcome.status, 0);
}

TEST(ShortCommand, gives_the_last_one_up_soon_after_the_others) {
  const core::Time begin = core::monotonic_now();
  const auto outcomes = run_commands({{"true"}, {"sleep", "300"}}, {200s, 1s});
  EXPECT_LT(core::monotonic_now() - begin, 60s);
  EXPECT_EQ(outcomes[0].status, 0);
  EXPECT_FALSE(outcomes[1].status);
}

TEST(ShortCommand, keeps_the_beginning_of_much_output) {
  const auto outcome = run_commands({{"sh", "-c", "yes | head -c 1000000"}}, {60s}).front();
  EXPECT_EQ(outcome.status, 0);
  EXPECT_GE(outcome.output.size(), 16384U);
  EXPECT_LT(outcome.output.size(), 65536U);
}

TEST(ShortCommand, finds_programs_by_path) {
  EXPECT_THAT(find_program("sh").value_or(""), HasSubstr("/sh"));
  EXPECT_EQ(find_program("/bin/sh"), "/bin/sh");
  EXPECT_FALSE(find_program("there-is-no-such-command"));
  EXPECT_FALSE(find_program(""));
}

TEST(ShortCommand, splits_at_blanks_only) {
  EXPECT_THAT(split_words("  --mca btl  'a b' $HOME\t;x "),
              ElementsAre("--mca", "btl", "'a", "b'", "$HOME", ";x"));
  EXPECT_TRUE(split_words(" ").empty());
}

}  // namespace
}  // namespace foundation::runtime
