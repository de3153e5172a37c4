#include "core/quantity.hpp"

#include <array>
#include <limits>

#include <gtest/gtest.h>

#include "core/random.hpp"

namespace foundation::core {
namespace {

using namespace std::chrono_literals;

TEST(Quantity, reads_durations_with_units) {
  EXPECT_EQ(parse_duration("90s"), Duration{90s});
  EXPECT_EQ(parse_duration("1h30m"), Duration{90min});
  EXPECT_EQ(parse_duration("250ms"), Duration{250ms});
  EXPECT_EQ(parse_duration("12.5s"), Duration{12'500ms});
  EXPECT_EQ(parse_duration("2d"), Duration{48h});
  EXPECT_EQ(parse_duration("1m1s1ms1us1ns"), Duration{61'001'001'001ns});
  EXPECT_EQ(parse_duration("0s"), Duration{0});
}

TEST(Quantity, reads_durations_as_clocks) {
  EXPECT_EQ(parse_duration("1-02:00:00"), Duration{26h});
  EXPECT_EQ(parse_duration("1-02"), Duration{26h});
  EXPECT_EQ(parse_duration("01:02:03"), Duration{3'723s});
  EXPECT_EQ(parse_duration("02:03"), Duration{123s});
  EXPECT_EQ(parse_duration("90:00"), Duration{90min});
}

TEST(Quantity, refuses_what_is_no_duration) {
  for (const char* text : {"",
                           "90",
                           "s",
                           "1x",
                           "1m2h",
                           "1s1s",
                           "-1s",
                           " 1s",
                           "1s ",
                           "1:60",
                           "1:2:3:4",
                           "1-24:00:00",
                           "1-",
                           "-1",
                           ":",
                           "1:",
                           "1..5s",
                           ".5s",
                           "1.s",
                           "1h-2",
                           "300000000000d",
                           "99999999999999999999s",
                           "1-2-3",
                           "1e3s"}) {
    EXPECT_EQ(parse_duration(text), std::nullopt) << text;
  }
}

TEST(Quantity, reads_sizes) {
  EXPECT_EQ(parse_size("64KiB"), 65'536U);
  EXPECT_EQ(parse_size("2G"), 2'147'483'648U);
  EXPECT_EQ(parse_size("500MB"), 500'000'000U);
  EXPECT_EQ(parse_size("1024"), 1'024U);
  EXPECT_EQ(parse_size("64.0 KiB"), 65'536U);
  EXPECT_EQ(parse_size("1.5GiB"), 1'610'612'736U);
  for (const char* text : {"", "KiB", "1.5", "1kib", "1 ", "1  KiB", "-1", "99999PiB", "1KiB "}) {
    EXPECT_EQ(parse_size(text), std::nullopt) << text;
  }
}

TEST(Quantity, reads_counts) {
  EXPECT_EQ(parse_count("1000"), 1'000U);
  EXPECT_EQ(parse_count("1_000"), 1'000U);
  EXPECT_EQ(parse_count("10k"), 10'000U);
  EXPECT_EQ(parse_count("2M"), 2'000'000U);
  EXPECT_EQ(parse_count("1.5k"), 1'500U);
  for (const char* text : {"", "_1", "1_", "1__0", "1.5", "1.2345k", "k", "10 k", "-1", "+1",
                           "100000000000000000000", "99999999999T"}) {
    EXPECT_EQ(parse_count(text), std::nullopt) << text;
  }
}

TEST(Quantity, writes_durations_with_two_units_at_most) {
  EXPECT_EQ(format_duration(90min), "1h30m");
  EXPECT_EQ(format_duration(12'500ms), "12.5s");
  EXPECT_EQ(format_duration(250ms), "250ms");
  EXPECT_EQ(format_duration(1'050us), "1.05ms");
  EXPECT_EQ(format_duration(26h + 3min), "1d2h");
  EXPECT_EQ(format_duration(61s), "1m1s");
  EXPECT_EQ(format_duration(60s), "1m");
  EXPECT_EQ(format_duration(59'999ms), "59.99s");
  EXPECT_EQ(format_duration(7ns), "7ns");
  EXPECT_EQ(format_duration(0s), "0s");
  EXPECT_EQ(format_duration(-90s), "-1m30s");
  EXPECT_EQ(format_duration(Duration::min()), "-106751d23h");
}

TEST(Quantity, reads_what_it_writes) {
  Stream stream{1, Purpose::simulate};
  for (int i = 0; i < 10'000; ++i) {
    const std::int64_t limit = std::int64_t{1} << stream.between(0, 62);
    const Duration span{stream.between(0, limit)};
    const auto read = parse_duration(format_duration(span));
    ASSERT_TRUE(read) << format_duration(span);
    EXPECT_LE(*read, span);
    EXPECT_GE(read->count(), span.count() / 25 * 24) << format_duration(span);
  }
}

TEST(Quantity, writes_clocks) {
  EXPECT_EQ(format_clock(760s), "00:12:40");
  EXPECT_EQ(format_clock(100h + 1s), "100:00:01");
  EXPECT_EQ(format_clock(999ms), "00:00:00");
}

TEST(Quantity, writes_sizes) {
  EXPECT_EQ(format_size(0), "0 B");
  EXPECT_EQ(format_size(1'023), "1023 B");
  EXPECT_EQ(format_size(65'536), "64.0 KiB");
  EXPECT_EQ(format_size(1'048'575), "1.0 MiB");
  EXPECT_EQ(format_size(std::numeric_limits<std::uint64_t>::max()), "16.0 EiB");
}

TEST(Quantity, finds_the_nearest_word) {
  constexpr std::array<std::string_view, 5> known{"strategy", "trainset", "seed", "metric", "k"};
  EXPECT_EQ(nearest("stratgy", known), "strategy");
  EXPECT_EQ(nearest("tarinset", known), "trainset");
  EXPECT_EQ(nearest("SEED", known), "seed");
  EXPECT_EQ(nearest("seeed", known), "seed");
  EXPECT_EQ(nearest("kilometre", known), std::nullopt);
  EXPECT_EQ(nearest("x", known), std::nullopt);
  EXPECT_EQ(nearest("", known), std::nullopt);
  EXPECT_EQ(nearest("seed", {}), std::nullopt);
}

}  // namespace
}  // namespace foundation::core
