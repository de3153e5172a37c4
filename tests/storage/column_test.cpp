#include "storage/column.hpp"

#include <gtest/gtest.h>

namespace foundation::storage {
namespace {

TEST(StoredText, keeps_valid_text) {
  for (const std::string_view text : {"", "plain", "naïve", "日本", "😀", "a\tb\n", "\x7f"}) {
    EXPECT_TRUE(is_storable(text)) << text;
    EXPECT_EQ(stored_text(text), text);
  }
}

TEST(StoredText, replaces_what_is_no_utf8) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(stored_text("\x80"), mark);             // continuation first
  EXPECT_EQ(stored_text("\xC0\xAF"), mark + mark);  // overlong
  EXPECT_EQ(stored_text("\xE0\x80\x80"), mark + mark + mark);
  EXPECT_EQ(stored_text("\xED\xA0\x80"), mark + mark + mark);             // surrogate
  EXPECT_EQ(stored_text("\xF4\x90\x80\x80"), mark + mark + mark + mark);  // beyond U+10FFFF
  EXPECT_EQ(stored_text("caf\xC3"), "caf" + mark);                        // cut off
  EXPECT_EQ(stored_text(std::string_view{"a\0b", 3}), "a" + mark + "b");
  EXPECT_FALSE(is_storable("\xFF"));
}

TEST(Column, knows_its_type_and_size) {
  const Column column = std::vector<std::uint64_t>{1, 2};
  EXPECT_EQ(type_of(column), ColumnType::uint64);
  EXPECT_EQ(name_of(type_of(column)), "uint64");
  EXPECT_EQ(size_of(view_of(column)), 2U);
  EXPECT_EQ(type_of(view_of(Column{std::vector<std::string>{"a"}})), ColumnType::text);
}

}  // namespace
}  // namespace foundation::storage
