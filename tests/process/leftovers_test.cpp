#include <cstdlib>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "process/run.hpp"
#include "shell.hpp"

namespace foundation::process {
namespace {

using namespace std::chrono_literals;

TEST(Leftovers, in_the_background) {
  const Ending ending = run(shell("sleep 100 & echo $!"));
  EXPECT_EQ(ending.exit_status, 0);
  EXPECT_EQ(ending.leftovers, 1U);
  EXPECT_FALSE(is_alive(std::stoi(ending.output)));
  EXPECT_TRUE(has_no_children());
}

/// The program ends once somebody who stays behind has made the file $flag.
Command until_begun(const std::string& script) {
  return shell("flag=$(mktemp -d)/flag; " + script +
               "\nuntil [ -e $flag ]; do sleep 0.01; done; rm -r ${flag%/flag}");
}

TEST(Leftovers, in_a_session_of_their_own) {
  const Ending ending =
      run(until_begun("setsid sh -c \"echo \\$\\$; trap '' TERM HUP; touch $flag; sleep 100\" &"));
  EXPECT_GE(ending.leftovers, 1U);
  EXPECT_FALSE(is_alive(std::stoi(ending.output)));
  EXPECT_TRUE(has_no_children());
}

TEST(Leftovers, that_have_forked_twice) {
  const Ending ending = run(
      until_begun("(setsid sh -c \"(touch $flag; exec setsid sleep 100) & exec sleep 100\" &)"));
  EXPECT_GE(ending.leftovers, 1U);
  EXPECT_TRUE(has_no_children());
}

TEST(Leftovers, a_thousand) {
  const Ending ending = run(shell("i=0; while [ $i -lt 1000 ]; do sleep 1000 & i=$((i+1)); done"));
  EXPECT_EQ(ending.exit_status, 0);
  EXPECT_EQ(ending.leftovers, 1000U);
  EXPECT_TRUE(has_no_children());
}

TEST(Leftovers, that_go_on_forking) {
  // Two chains of processes: each starts the next one and ends.
  const Ending ending = run(shell("next() { (next) & }; next; next; sleep 0.1",
                                  {.wall = 10s, .processes = 2000, .grace = 0s}));
  EXPECT_EQ(ending.immortal, 0U);
  EXPECT_TRUE(has_no_children());
}

TEST(Leftovers, but_not_children_that_were_there_before) {
  const pid_t own = fork();
  if (own == 0) {
    while (true) pause();
  }
  const Ending ending = run(shell("sleep 100 & sleep 100 & exit 0"));
  EXPECT_EQ(ending.leftovers, 2U);
  EXPECT_TRUE(is_alive(own));
  kill(own, SIGKILL);
  waitpid(own, nullptr, 0);
}

}  // namespace
}  // namespace foundation::process
