#include "capture/scope.hpp"

#include <gtest/gtest.h>

#include "core/error.hpp"

namespace foundation::capture {
namespace {

using namespace std::chrono_literals;

TEST(Scope, nothing_said_means_everything) {
  const Scope scope = parse_scope("");
  EXPECT_TRUE(scope.includes(0));
  EXPECT_EQ(scope.classes, trace::event_class::all);
  EXPECT_FALSE(scope.length);
}

TEST(Scope, both_forms_say_the_same) {
  for (const char* text :
       {"ranks=0-3,8 classes=p2p,file from=10s for=1m",
        "ranks=0-3,8;classes=p2p,file;from=10s;for=1m",
        R"({"ranks": "0-3,8", "classes": "p2p,file", "from": "10s", "for": "1m"})"}) {
    const Scope scope = parse_scope(text);
    for (const std::int32_t rank : {0, 3, 8}) EXPECT_TRUE(scope.includes(rank)) << text;
    for (const std::int32_t rank : {4, 7, 9}) EXPECT_FALSE(scope.includes(rank)) << text;
    EXPECT_EQ(scope.classes, trace::event_class::point_to_point | trace::event_class::file);
    EXPECT_EQ(scope.from, 10s);
    EXPECT_EQ(scope.length, 1min);
  }
}

TEST(Scope, its_text_says_the_same_again) {
  for (const char* text : {"", "ranks=0-3,8", "classes=p2p,file", "from=10s for=1500ms",
                           "ranks=1 classes=region from=1ns for=7us"}) {
    EXPECT_EQ(scope_text(parse_scope(text)), text);
  }
}

TEST(Scope, what_cannot_be_chosen_is_refused_and_why) {
  for (const char* text : {"communicators=1", "regions=solve"}) {
    try {
      static_cast<void>(parse_scope(text));
      FAIL() << text;
    } catch (const core::Error& error) {
      EXPECT_NE(std::string{error.what()}.find("unknown key"), std::string::npos);
      EXPECT_NE(error.hint().find("analyze"), std::string::npos);
    }
  }
}

TEST(Scope, what_makes_no_sense_is_refused) {
  for (const char* text :
       {"rank=1", "ranks=", "ranks=3-1", "ranks=-1", "ranks=1-", "ranks=1x", "from=5", "for=-1s",
        "classes=", "classes=p2", "ranks", "[1]", "{", R"({"for": 5})", R"({"x": "1"})"})
    EXPECT_THROW(static_cast<void>(parse_scope(text)), core::Error) << text;
}

}  // namespace
}  // namespace foundation::capture
