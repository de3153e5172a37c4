#include "capture/window.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::capture {
namespace {

using namespace std::chrono_literals;

TEST(WindowOptions, nothing_said_means_no_limit_and_the_usual_patience) {
  const WindowOptions options = parse_window_options("");
  EXPECT_EQ(options.max_size, 0U);
  EXPECT_FALSE(options.strict);
  EXPECT_EQ(options.patience.participant, 10s);
  EXPECT_EQ(options.patience.total, 15s);
}

TEST(WindowOptions, both_forms_say_the_same) {
  for (const char* text :
       {" label = a=b , max_size=2MiB,strict, participant_timeout=1s,total_timeout=1m30s",
        R"({"label": "a=b", "max_size": "2MiB", "strict": true, "participant_timeout": "1s",
            "total_timeout": "1m30s"})",
        R"({"label": "a=b", "max_size": 2097152, "strict": "true", "participant_timeout": "1s",
            "total_timeout": "90s"})"}) {
    const WindowOptions options = parse_window_options(text);
    EXPECT_EQ(options.label, "a=b") << text;
    EXPECT_EQ(options.max_size, 2U << 20) << text;
    EXPECT_TRUE(options.strict) << text;
    EXPECT_EQ(options.patience.participant, 1s) << text;
    EXPECT_EQ(options.patience.total, 90s) << text;
  }
}

TEST(WindowOptions, what_makes_no_sense_is_refused) {
  for (const char* text :
       {"lable=x", "label", "label=", "max_size=0", "max_size=big", "strict=1",
        "strict=", "participant_timeout=5", "total_timeout=0s", "total_timeout", "[1]", "{",
        R"({"strict": 1})", R"({"strict": null})", R"({"label": []})"})
    EXPECT_THROW(static_cast<void>(parse_window_options(text)), core::Error) << text;
}

TEST(WindowOptions, a_misspelt_key_is_answered_with_the_right_one) {
  try {
    static_cast<void>(parse_window_options("totl_timeout=5s"));
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::usage);
    EXPECT_NE(error.hint().find("total_timeout"), std::string::npos) << error.hint();
  }
}

TEST(Patience, has_two_keys_and_keeps_what_is_not_said) {
  const Patience patience = parse_patience("total_timeout=2s", {.participant = 7s, .total = 8s});
  EXPECT_EQ(patience.participant, 7s);
  EXPECT_EQ(patience.total, 2s);
  EXPECT_THROW(static_cast<void>(parse_patience("label=x")), core::Error);
}

TEST(WindowId, has_16_hexadecimal_digits) {
  EXPECT_EQ(parse_id("00000000000000ff"), 255U);
  EXPECT_EQ(parse_id("FFFFFFFFFFFFFFFF"), ~std::uint64_t{0});
  for (const char* text : {"", "ff", "00000000000000fg", "0x000000000000ff", "00000000000000ff0"})
    EXPECT_FALSE(parse_id(text)) << text;
  EXPECT_NE(new_window_id(), new_window_id());
}

}  // namespace
}  // namespace foundation::capture
