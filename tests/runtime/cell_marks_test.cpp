#include "runtime/cell_marks.hpp"

#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>

namespace foundation::runtime {
namespace {

using model::CellRange;
using model::Split;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(CellMarks, show_what_a_dead_process_was_at) {
  CellMarks marks;
  const pid_t pid = fork();
  if (pid == 0) {
    marks.of_thread(1)->begin({7, Split::validation, 10, 20});
    marks.of_thread(1)->at(14);
    marks.of_thread(3)->begin({8, Split::test, 2, 3});
    marks.of_thread(3)->at(2);
    marks.of_thread(5)->begin({1, Split::request, 6, 7});
    marks.of_thread(4)->begin({9, Split::train, 0, 1});
    marks.of_thread(4)->end();
    _exit(0);
  }
  ASSERT_EQ(waitpid(pid, nullptr, 0), pid);
  EXPECT_THAT(marks.marked(),
              ElementsAre(CellRange{7, Split::validation, 14, 15}, CellRange{8, Split::test, 2, 3},
                          CellRange{1, Split::request, 6, 7}));
}

TEST(CellMarks, have_an_end) {
  CellMarks marks;
  EXPECT_EQ(marks.of_thread(1'000'000), nullptr);
  EXPECT_THAT(marks.marked(), IsEmpty());
  EXPECT_FALSE(leave_suspects(marks)) << "not armed";
}

TEST(SuspectsFile, is_read_back) {
  const std::vector<CellRange> cells{
      {7, Split::validation, 14, 15}, {0, Split::train, 0, 1}, {2, Split::request, 3, 4}};
  EXPECT_EQ(suspects_text(cells), "7 validation 14\n0 train 0\n2 request 3\n");
  EXPECT_EQ(read_suspects(suspects_text(cells)), cells);
}

TEST(SuspectsFile, loses_lines_that_make_no_sense) {
  EXPECT_THAT(read_suspects("x\n1 validation\n1 nowhere 2\n4294967295 test 1\n1 test 4294967295\n"
                            "-1 test 0\n3 test 5\n"),
              ElementsAre(CellRange{3, Split::test, 5, 6}));
}

}  // namespace
}  // namespace foundation::runtime
