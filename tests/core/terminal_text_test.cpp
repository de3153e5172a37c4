#include "core/terminal_text.hpp"

#include <gtest/gtest.h>

namespace foundation::core {
namespace {

TEST(Visible, leaves_plain_text_alone) {
  EXPECT_EQ(visible("naïve bayes, k=3 ✓ 日本"), "naïve bayes, k=3 ✓ 日本");
  EXPECT_EQ(visible(""), "");
}

TEST(Visible, shows_what_a_terminal_would_obey) {
  EXPECT_EQ(visible("\x1b[31mred\x1b]0;title\x07"), "\\x1b[31mred\\x1b]0;title\\x07");
  EXPECT_EQ(visible("two\nlines\r\tand\x7f"), "two\\nlines\\x0d\\tand\\x7f");
  EXPECT_EQ(visible("\xC2\x9B"
                    "31m"),
            "\\x9b31m");  // C1: CSI in one character
  EXPECT_EQ(visible("abc\xE2\x80\xAE"
                    "def"),
            "abc\\u202edef");                                 // right-to-left override
  EXPECT_EQ(visible("a\xF3\xA0\x81\x81z"), "a\\U000e0041z");  // invisible tag
  EXPECT_EQ(visible("bad\xFF"), "bad\xEF\xBF\xBD");
  EXPECT_EQ(visible(std::string_view{"a\0b", 3}),
            "a\xEF\xBF\xBD"
            "b");
}

TEST(Visible, cuts_long_text_between_characters) {
  EXPECT_EQ(visible("äöüß", 4), "äöüß");
  EXPECT_EQ(visible("äöüßx", 4), "äöü…");
}

}  // namespace
}  // namespace foundation::core
