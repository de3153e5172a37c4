#include "cluster/allocation.hpp"

#include <cstdlib>
#include <ctime>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::cluster {
namespace {

using ::testing::HasSubstr;
using namespace std::chrono_literals;

constexpr core::WallLabel second = 1'000'000'000;
constexpr core::WallLabel noon = 1'773'057'600 * second;  // 2026-03-09T12:00:00Z
constexpr core::WallLabel minute = 60 * second;
constexpr core::WallLabel hour = 60 * minute;

/// Sets the time zone for one test.
class EndTime : public ::testing::Test {
 protected:
  static void zone(const char* name) {
    setenv("TZ", name, 1);
    tzset();
  }
  EndTime() { zone("UTC0"); }
  ~EndTime() override {
    unsetenv("TZ");
    tzset();
  }
};

TEST_F(EndTime, is_a_duration_from_now) {
  EXPECT_EQ(parse_end_time("55m", noon), noon + 55 * minute);
  EXPECT_EQ(parse_end_time("in 55m", noon), noon + 55 * minute);
  EXPECT_EQ(parse_end_time(" in 1h30m ", noon), noon + 90 * minute);
  EXPECT_EQ(parse_end_time("in 01:30:00", noon), noon + 90 * minute);
  EXPECT_EQ(parse_end_time("1-02:00:00", noon), noon + 26 * hour);
}

TEST_F(EndTime, is_the_next_time_the_clock_shows_it) {
  EXPECT_EQ(parse_end_time("17:30", noon), noon + 5 * hour + 30 * minute);
  EXPECT_EQ(parse_end_time("17:30:05", noon), noon + 5 * hour + 30 * minute + 5 * second);
  EXPECT_EQ(parse_end_time("11:59", noon), noon + 24 * hour - minute);
  EXPECT_EQ(parse_end_time("12:00", noon), noon + 24 * hour);
}

TEST_F(EndTime, is_a_date_with_a_time) {
  EXPECT_EQ(parse_end_time("2026-03-09T17:30", noon), noon + 5 * hour + 30 * minute);
  EXPECT_EQ(parse_end_time("2026-03-10 12:00:01", noon), noon + 24 * hour + second);
}

TEST_F(EndTime, is_local_unless_it_says_otherwise) {
  zone("CET-1");
  EXPECT_EQ(parse_end_time("2026-03-09T17:30", noon), noon + 4 * hour + 30 * minute);
  EXPECT_EQ(parse_end_time("2026-03-09T17:30:00Z", noon), noon + 5 * hour + 30 * minute);
  EXPECT_EQ(parse_end_time("13:30", noon), noon + 30 * minute);
}

TEST_F(EndTime, refuses_the_past_and_what_is_no_time) {
  const auto refusal = [](std::string_view text) -> std::string {
    try {
      static_cast<void>(parse_end_time(text, noon));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::usage);
      return error.what();
    }
    return "accepted";
  };
  EXPECT_THAT(refusal("2026-03-09T11:59"), HasSubstr("has passed"));
  EXPECT_THAT(refusal("0s"), HasSubstr("has passed"));
  for (const char* text : {"",
                           "soon",
                           "in",
                           "in ",
                           "in soon",
                           "25:00",
                           "12:60",
                           "12:00:60",
                           "12:0",
                           "2026-02-30T12:00",
                           "2026-13-01T12:00",
                           "2026-03-10",
                           "2026-03-10T",
                           "2026-03-10T12:00X",
                           "2026-03-10T12:00ZZ",
                           "90",
                           "-5m",
                           "2026-3-10T12:00",
                           "17:30Z",
                           "+1:30",
                           "99999999999d"})
    EXPECT_THAT(refusal(text), HasSubstr("no time, date or duration")) << text;
}

TEST(SlurmTime, of_squeue_is_a_span) {
  EXPECT_EQ(parse_time_left("12:34\n"), 12min + 34s);
  EXPECT_EQ(parse_time_left("1:02:03"), 1h + 2min + 3s);
  EXPECT_EQ(parse_time_left("1-02:03:04"), 26h + 3min + 4s);
  EXPECT_EQ(parse_time_left("0:00"), 0s);
  for (const char* text : {"UNLIMITED", "NOT_SET", "INVALID", "", "\n", "12", "1-2-3", "12:34 x"})
    EXPECT_FALSE(parse_time_left(text)) << text;
}

TEST(SlurmTime, of_the_environment_is_a_moment) {
  EXPECT_EQ(parse_epoch_seconds("1773057600"), noon);
  for (const char* text : {"", "0", "-1", "soon", "1773057600x", "99999999999999999999"})
    EXPECT_FALSE(parse_epoch_seconds(text)) << text;
}

class BatchJobTest : public ::testing::Test {
 protected:
  ~BatchJobTest() override {
    unsetenv("SLURM_JOB_ID");
    unsetenv("SLURM_JOB_END_TIME");
  }
};

TEST_F(BatchJobTest, is_read_from_the_environment) {
  unsetenv("SLURM_JOB_ID");
  EXPECT_FALSE(read_batch_job());
  setenv("SLURM_JOB_ID", "4711", 1);
  EXPECT_EQ(read_batch_job()->id, "4711");
  EXPECT_FALSE(read_batch_job()->ends_at);
  setenv("SLURM_JOB_END_TIME", "1773057600", 1);
  EXPECT_EQ(read_batch_job()->ends_at, noon);
}

}  // namespace
}  // namespace foundation::cluster
