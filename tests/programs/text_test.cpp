#include "programs/detail/text.hpp"

#include <cmath>
#include <string>

#include <gtest/gtest.h>

namespace foundation::programs::detail {
namespace {

using namespace std::string_view_literals;

TEST(Text, trims_ascii_white_space_only) {
  EXPECT_EQ(trimmed(" \t a b\r\n"), "a b");
  EXPECT_EQ(trimmed(""), "");
  EXPECT_EQ(trimmed(" \v\f"), "");
  EXPECT_EQ(trimmed("\u00A0x"), "\u00A0x");
}

TEST(Text, reads_decimal_numbers_strictly) {
  EXPECT_EQ(parse_number(" -1.5e3\n"), -1500.0);
  EXPECT_EQ(parse_number("0.1"), 0.1);
  EXPECT_TRUE(std::isinf(parse_number("inf").value()));
  for (const char* bad : {"", " ", "1,5", "1 2", "0x10", "1.5kg", "+1", "1e999", "--1", "one"}) {
    EXPECT_FALSE(parse_number(bad)) << bad;
  }
}

TEST(Text, accepts_well_formed_utf8) {
  EXPECT_FALSE(find_bad_byte("plain"));
  EXPECT_FALSE(
      find_bad_byte("\x7F\xC2\x80\xDF\xBF\xE0\xA0\x80\xED\x9F\xBF\xEE\x80\x80\xEF\xBF\xBF"));
  EXPECT_FALSE(find_bad_byte("\xF0\x90\x80\x80\xF4\x8F\xBF\xBF"));
}

TEST(Text, finds_the_first_byte_that_is_not_utf8) {
  EXPECT_EQ(find_bad_byte("ab\0c"sv), 2U);
  for (const std::string_view bad :
       {"\x80"sv, "\xC0\x80"sv, "\xC1\xBF"sv, "\xC2"sv, "\xC2\x41"sv, "\xE0\x9F\xBF"sv,
        "\xE1\x80"sv, "\xED\xA0\x80"sv, "\xF0\x8F\xBF\xBF"sv, "\xF4\x90\x80\x80"sv, "\xF5"sv,
        "\xFF"sv}) {
    EXPECT_EQ(find_bad_byte(std::string{"\u00E9"}.append(bad)), 2U);
  }
}

}  // namespace
}  // namespace foundation::programs::detail
