#include "runtime/progress_printer.hpp"

#include <algorithm>
#include <string>

#include <gmock/gmock.h>

namespace foundation::runtime {
namespace {

using namespace std::chrono_literals;
using campaign::ProgressRecord;
using ::testing::HasSubstr;
using ::testing::Not;

/// What a printer writes when it is shown progress at some seconds after its start.
class ProgressPrinterTest : public ::testing::Test {
 protected:
  explicit ProgressPrinterTest(core::Duration interval = 60s) : printer_{interval} {}

  std::string show(core::Duration after, const ProgressRecord& progress) {
    ::testing::internal::CaptureStderr();
    printer_.show(progress, start_ + after);
    return ::testing::internal::GetCapturedStderr();
  }
  static ProgressRecord at(std::uint64_t evaluations, std::uint64_t expected) {
    return {.evaluations = evaluations, .expected = expected, .rate = 100};
  }

  ProgressPrinter printer_;
  core::Time start_ = core::monotonic_now();
};

TEST_F(ProgressPrinterTest, prints_a_plain_line_each_tenth_of_the_work) {
  EXPECT_EQ(show(1s, at(50, 1000)), "");
  const std::string line = show(2s, at(100, 1000));
  EXPECT_THAT(line, HasSubstr("[00:00:02]  10 % 100/1000 evaluations, 100/s"));
  EXPECT_EQ(std::ranges::count(line, '\n'), 1);
  EXPECT_THAT(line, Not(HasSubstr("\x1b")));
  EXPECT_EQ(show(3s, at(150, 1000)), "");
  EXPECT_THAT(show(4s, at(450, 1000)), HasSubstr("45 %"));
  EXPECT_EQ(show(5s, at(490, 1000)), "");
}

TEST_F(ProgressPrinterTest, prints_a_line_each_interval) {
  EXPECT_EQ(show(59s, at(1, 1000)), "");
  EXPECT_THAT(show(61s, at(2, 1000)), HasSubstr("2/1000"));
  EXPECT_EQ(show(62s, at(3, 1000)), "");
  EXPECT_THAT(show(125s, at(4, 1000)), HasSubstr("4/1000"));
}

TEST_F(ProgressPrinterTest, names_best_failures_and_time_left) {
  ProgressRecord progress = at(500, 1000);
  EXPECT_THAT(show(1s, at(100, 1000)), Not(HasSubstr("best")));
  (void)show(2s, at(300, 1000));
  progress.best = 17;
  progress.best_score = 0.8125;
  progress.failed = 3;
  const std::string line = show(3s, progress);
  EXPECT_THAT(line, HasSubstr("best 0.8125 (c17)"));
  EXPECT_THAT(line, HasSubstr("failed 3"));
  EXPECT_THAT(line, HasSubstr("00:00:02 left (00:00:02 to 00:00:02)"));
}

TEST_F(ProgressPrinterTest, survives_unknown_and_exceeded_expectations) {
  EXPECT_THAT(show(61s, at(0, 0)), HasSubstr("0 % 0/0 evaluations"));
  EXPECT_THAT(show(122s, at(1200, 1000)), HasSubstr("100 % 1200/1200 evaluations"));
}

}  // namespace
}  // namespace foundation::runtime
