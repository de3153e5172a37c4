#include "optimize/detail/variation.hpp"

#include <gtest/gtest.h>

#include "tests/model/model_test_spaces.hpp"

namespace foundation::optimize::detail {
namespace {

namespace spaces = model::testing;
using model::Assignment;
using model::Space;

model::Parameter open_text(std::string name) {
  model::Parameter parameter;
  parameter.name = std::move(name);
  parameter.kind = model::ParameterKind::text;
  parameter.initial = std::string{"own"};
  parameter.open = true;
  return parameter;
}

Space mixed() {
  return Space{{open_text("instruction"), spaces::boolean("thinks", false),
                spaces::only_if(spaces::demonstrations("shown", 2, 6), "thinks", {"true"}),
                spaces::real("x", 0, 1, 0.5), spaces::integer("n", 0, 9, 0),
                spaces::categorical("rule", {"a", "b", "c"})},
               {model::parse_constraint("n <= 5*x + 3")}};
}

TEST(Variation, stays_valid_and_leaves_open_texts_alone) {
  const Space space = mixed();
  const Variation variation{space, 40};
  EXPECT_TRUE(variation.is_possible());
  Assignment at = space.initial();
  at.set("instruction", std::string{"a text that was written"});
  int changed = 0;
  for (std::uint32_t i = 0; i < 500; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    const Assignment next = variation.vary(at, 0.3, stream);
    ASSERT_EQ(space.problem_of(next), "") << i;
    EXPECT_EQ(next.text("instruction"), "a text that was written");
    changed += next == at ? 0 : 1;
    at = next;
  }
  EXPECT_GT(changed, 350);
}

TEST(Variation, changes_all_or_nothing_where_that_is_asked_for) {
  const Space space = mixed();
  const Variation variation{space, 40};
  for (std::uint32_t i = 0; i < 50; ++i) {
    core::Stream stream{1, core::Purpose::simulate, i};
    EXPECT_EQ(variation.vary(space.initial(), 0, stream), space.initial());
    const Assignment all = variation.vary(space.initial(), 1, stream);
    EXPECT_TRUE(all.boolean("thinks"));
    EXPECT_NE(all.text("rule"), "a");
    EXPECT_NE(all.real("x"), 0.5);
  }
}

TEST(Variation, knows_when_there_is_nothing_to_vary) {
  const Space texts{{open_text("instruction"), spaces::demonstrations("shown", 0, 0)}};
  EXPECT_FALSE((Variation{texts, 10}.is_possible()));
  EXPECT_FALSE((Variation{Space{{spaces::demonstrations("shown", 0, 3)}}, 0}.is_possible()));
  EXPECT_TRUE((Variation{Space{{spaces::demonstrations("shown", 0, 3)}}, 5}.is_possible()));
}

}  // namespace
}  // namespace foundation::optimize::detail
