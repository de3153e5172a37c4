#include "capture/scope.hpp"

#include <string>
#include <vector>

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
                           "ranks=1 classes=region from=1ns for=7us",
                           R"(communicators=row,3 regions=solve\,all,io)"}) {
    EXPECT_EQ(scope_text(parse_scope(text)), text);
  }
}

TEST(Scope, communicators_and_regions_are_lists_of_names) {
  using Names = std::vector<std::string>;
  for (const char* text :
       {R"(communicators=row,MPI_COMM_WORLD,3 regions=solve\,all)",
        R"({"communicators": ["row", "MPI_COMM_WORLD", "3"], "regions": ["solve,all"]})",
        R"({"communicators": " row , MPI_COMM_WORLD,3", "regions": "solve\\,all"})"}) {
    const Scope scope = parse_scope(text);
    EXPECT_EQ(scope.communicators, (Names{"row", "MPI_COMM_WORLD", "3"})) << text;
    EXPECT_EQ(scope.regions, Names{"solve,all"}) << text;
  }
}

TEST(Scope, names_that_need_it_are_said_in_json) {
  const Scope scope = parse_scope(R"({"ranks": "1", "regions": ["time step", "a\\b, c", "x"]})");
  const std::string text = scope_text(scope);
  EXPECT_EQ(text.front(), '{');
  const Scope again = parse_scope(text);
  EXPECT_EQ(again.regions, (std::vector<std::string>{"time step", "a\\b, c", "x"}));
  EXPECT_TRUE(again.includes(1));
  EXPECT_FALSE(again.includes(0));
}

TEST(Scope, what_makes_no_sense_is_refused) {
  for (const char* text :
       {"rank=1", "ranks=", "ranks=3-1", "ranks=-1", "ranks=1-", "ranks=1x", "from=5", "for=-1s",
        "classes=", "classes=p2", "ranks", "regions=", "communicators", "region=x", "[1]", "{",
        R"({"for": 5})", R"({"x": "1"})"})
    EXPECT_THROW(static_cast<void>(parse_scope(text)), core::Error) << text;
}

}  // namespace
}  // namespace foundation::capture
