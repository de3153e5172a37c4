#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "model/space.hpp"

namespace foundation::model {
namespace {

/// "2*a -1*b <= 3"
std::string canonical(std::string_view text) {
  const Constraint constraint = parse_constraint(text);
  EXPECT_EQ(constraint.text, text);
  std::string result;
  for (const Constraint::Term& term : constraint.terms) {
    result += to_string(Value{term.coefficient}) + "*" + term.parameter + " ";
  }
  return result + "<= " + to_string(Value{constraint.bound});
}

TEST(Constraint, reads_linear_inequalities) {
  EXPECT_EQ(canonical("a + 2*b <= 10"), "1*a 2*b <= 10");
  EXPECT_EQ(canonical("a >= b"), "-1*a 1*b <= 0");
  EXPECT_EQ(canonical("-a<=-1.5e1"), "-1*a <= -15");
  EXPECT_EQ(canonical("a*3 - 2 <= b + 4"), "3*a -1*b <= 6");
  EXPECT_EQ(canonical("10 >= a + a"), "2*a <= 10");
  EXPECT_EQ(canonical(" net.width_1 <= .5 "), "1*net.width_1 <= 0.5");
}

TEST(Constraint, says_where_it_cannot_be_read) {
  const auto message = [](std::string_view text) -> std::string {
    try {
      static_cast<void>(parse_constraint(text));
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
      return error.what();
    }
    return "read";
  };
  EXPECT_EQ(message("a + <= 3"),
            "cannot read the constraint 'a + <= 3' at character 5: expected a number or a "
            "parameter's name");
  EXPECT_THAT(message("a < 3"), testing::HasSubstr("expected '<=' or '>='"));
  EXPECT_THAT(message("a = 3"), testing::HasSubstr("expected '<=' or '>='"));
  EXPECT_THAT(message("a * b <= 3"), testing::HasSubstr("constraints are linear"));
  EXPECT_THAT(message("a <= 3 4"), testing::HasSubstr("expected '+', '-' or the end"));
  EXPECT_THAT(message("1 <= 2"), testing::HasSubstr("names no parameter"));
  EXPECT_THAT(message("1e999*a <= 2"), testing::HasSubstr("not a number that fits"));
  EXPECT_THAT(message(""), testing::HasSubstr("expected a number"));
  EXPECT_THAT(message("2 * <= a"), testing::HasSubstr("name after '*'"));
}

}  // namespace
}  // namespace foundation::model
