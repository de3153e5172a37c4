#include "process/session.hpp"

#include <csignal>
#include <sys/wait.h>

#include <gtest/gtest.h>

#include "shell.hpp"

namespace foundation::process {
namespace {

using namespace std::chrono_literals;

constexpr const char* echo = "while read -r line; do echo \"<$line>\"; done";

TEST(Session, answers_line_by_line) {
  Session session{shell(echo)};
  EXPECT_EQ(session.ask("one").line, "<one>");
  EXPECT_EQ(session.ask("two").line, "<two>");
  EXPECT_EQ(session.answered(), 2U);
  const Ending ending = session.end();
  EXPECT_EQ(ending.exit_status, 0) << "it ends as its input ends";
  EXPECT_TRUE(has_no_children());
}

TEST(Session, takes_requests_larger_than_a_pipe) {
  Session session{shell("while read -r line; do echo ${#line}; done")};
  EXPECT_EQ(session.ask(std::string(300'000, 'x')).line, "300000");
}

TEST(Session, is_over_when_the_program_has_ended) {
  Session session{shell("read -r line; echo \"$line\"; echo bye >&2; exit 3")};
  EXPECT_EQ(session.ask("last").line, "last");
  const Session::Reply reply = session.ask("more");
  EXPECT_FALSE(reply.line);
  EXPECT_EQ(reply.ending.exit_status, 3);
  EXPECT_EQ(reply.ending.errors, "bye\n");
}

TEST(Session, takes_the_last_words_of_a_program) {
  Session session{shell("read -r line; echo \"$line\"; kill -9 $$")};
  EXPECT_EQ(session.ask("word").line, "word");
}

TEST(Session, limits_the_time_of_each_answer) {
  Session session{
      shell("while read -r line; do sleep $line; echo $line; done", {.wall = 2s, .grace = 0s})};
  for (int i = 0; i < 3; ++i) EXPECT_EQ(session.ask("0.01").line, "0.01");
  const Session::Reply reply = session.ask("100");
  EXPECT_FALSE(reply.line);
  EXPECT_EQ(reply.ending.limit, Limit::wall);
  EXPECT_TRUE(has_no_children());
}

TEST(Session, limits_the_length_of_an_answer) {
  Session session{shell("read -r line; head -c 1000000 /dev/zero", {.output_bytes = 1000})};
  EXPECT_EQ(session.ask("x").ending.limit, Limit::output);
}

TEST(Session, shows_a_program_that_cannot_be_started) {
  Command command = shell("");
  command.executable = "/nowhere";
  Session session{command};
  EXPECT_EQ(session.ask("x").ending.start_error, ENOENT);
}

TEST(Session, ends_with_all_that_descends_from_it) {
  {
    Session session{
        shell("trap '' TERM; setsid sleep 100 & while read -r x; do echo $!; done; sleep 100")};
    EXPECT_TRUE(session.ask("x").line);
  }
  EXPECT_TRUE(has_no_children());
}

}  // namespace
}  // namespace foundation::process
