#include "model/space.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/error.hpp"
#include "tests/model/model_test_spaces.hpp"

namespace foundation::model {
namespace {

using namespace testing;
using ::testing::HasSubstr;

std::string problem_with(std::vector<Parameter> parameters,
                         const std::vector<std::string>& constraints = {},
                         std::vector<Assignment> points = {}) {
  try {
    std::vector<Constraint> parsed;
    for (const std::string& text : constraints) parsed.push_back(parse_constraint(text));
    const Space space{std::move(parameters), std::move(parsed), std::move(points)};
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    return std::string{error.what()} + " | " + error.hint();
  }
  return "none";
}

TEST(Space, refuses_bad_parameters_by_name) {
  EXPECT_THAT(problem_with({real("a", 0, 1, 0), real("a", 0, 1, 0)}),
              HasSubstr("parameter 'a' is defined twice"));
  EXPECT_THAT(problem_with({real("", 0, 1, 0)}), HasSubstr("no name"));
  EXPECT_THAT(problem_with({real("a", 2, 1, 1)}),
              HasSubstr("parameter 'a': its lowest value 2 is above its highest value 1"));
  EXPECT_THAT(problem_with({real("a", 0, INFINITY, 1)}), HasSubstr("'a': its range is not finite"));
  EXPECT_THAT(problem_with({real("a", -1e308, 1e308, 1)}), HasSubstr("not finite"));
  EXPECT_THAT(problem_with({log_real("a", 0, 1, 1)}), HasSubstr("must be above 0"));
  EXPECT_THAT(problem_with({integer("a", 0.5, 3, 1)}), HasSubstr("must be whole numbers"));
  EXPECT_THAT(problem_with({categorical("a", {})}), HasSubstr("'a': it has no choices"));
  EXPECT_THAT(problem_with({categorical("a", {"x", "y", "x"})}),
              HasSubstr("'a': its choice 'x' appears twice"));
  EXPECT_THAT(problem_with({demonstrations("a", -1, 3)}), HasSubstr("cannot count"));
  Parameter flag = boolean("a", true);
  flag.choices = {"maybe"};
  EXPECT_THAT(problem_with({flag}), HasSubstr("'maybe' is neither true nor false"));
}

TEST(Space, refuses_bad_initial_values_by_name) {
  EXPECT_THAT(problem_with({real("a", 0, 1, 2)}),
              HasSubstr("the initial value of parameter 'a' is 2, above its highest value 1"));
  EXPECT_THAT(problem_with({real("a", 0, 1, NAN)}), HasSubstr("'a' is not a number"));
  EXPECT_THAT(problem_with({integer("a", 3, 4, 2)}), HasSubstr("below its lowest value 3"));
  Parameter wrong_type = real("a", 0, 1, 0);
  wrong_type.initial = std::int64_t{1};
  EXPECT_THAT(problem_with({wrong_type}), HasSubstr("'a' must be a real number"));
  Parameter wrong_choice = categorical("a", {"x", "y"});
  wrong_choice.initial = std::string{"z"};
  EXPECT_THAT(problem_with({wrong_choice}), HasSubstr("'z', which is none of its choices: x, y"));
  Parameter repeated = demonstrations("a", 0, 4);
  repeated.initial = Demonstrations{{1, 2, 1}};
  EXPECT_THAT(problem_with({repeated}), HasSubstr("'a' shows position 1 twice"));
}

TEST(Space, refuses_bad_conditions_by_name) {
  const Parameter rule = categorical("rule", {"x", "y"});
  EXPECT_THAT(problem_with({only_if(real("a", 0, 1, 0), "rule", {"x"}), rule}),
              HasSubstr("parameter 'a': its condition names 'rule', which is not an earlier"));
  EXPECT_THAT(problem_with({rule, only_if(real("a", 0, 1, 0), "ruel", {"x"})}),
              HasSubstr("did you mean 'rule'?"));
  EXPECT_THAT(problem_with({rule, only_if(real("a", 0, 1, 0), "rule", {"z"})}),
              HasSubstr("needs 'rule' to be 'z', which it can never be"));
  EXPECT_THAT(problem_with({rule, only_if(real("a", 0, 1, 0), "rule", {})}),
              HasSubstr("lists no values"));
  EXPECT_THAT(problem_with({real("b", 0, 1, 0), only_if(real("a", 0, 1, 0), "b", {"0"})}),
              HasSubstr("only categorical, boolean and integer"));
  EXPECT_THAT(problem_with({integer("n", 0, 3, 0), only_if(real("a", 0, 1, 0), "n", {"4"})}),
              HasSubstr("can never be"));
  EXPECT_EQ(problem_with({integer("n", 0, 3, 0), only_if(real("a", 0, 1, 0), "n", {"3"}),
                          boolean("f", false), only_if(real("b", 0, 1, 0), "f", {"true"})}),
            "none");
}

TEST(Space, refuses_bad_constraints) {
  const std::vector<Parameter> parameters{real("left", 0, 1, 1), real("right", 0, 1, 1),
                                          categorical("rule", {"x"})};
  EXPECT_THAT(problem_with(parameters, {"left + rihgt <= 1"}),
              HasSubstr("unknown parameter 'rihgt' | did you mean 'right'?"));
  EXPECT_THAT(problem_with(parameters, {"rule <= 1"}), HasSubstr("categorical and no number"));
  EXPECT_THAT(problem_with(parameters, {"left + right <= 1"}),
              HasSubstr("(left=1, right=1, rule=x) break the constraint 'left + right <= 1'"));
}

TEST(Space, completes_starting_points_and_refuses_bad_ones) {
  const std::vector<Parameter> parameters{categorical("rule", {"x", "y"}),
                                          only_if(integer("k", 1, 9, 3), "rule", {"y"}),
                                          real("a", 0, 1, 0)};
  const Assignment partial{{{"a", 0.5}, {"rule", std::string{"y"}}}};
  const Space space{parameters, {}, {partial}};
  ASSERT_EQ(space.starting_points().size(), 1U);
  EXPECT_EQ(describe(space.starting_points()[0]), "rule=y, k=3, a=0.5");
  EXPECT_THAT(problem_with(parameters, {}, {partial, Assignment{{{"b", 0.5}}}}),
              HasSubstr("starting point 2 sets the unknown parameter 'b'"));
  EXPECT_THAT(problem_with(parameters, {}, {Assignment{{{"a", 1.5}}}}),
              HasSubstr("in starting point 1, parameter 'a' is 1.5, above"));
  EXPECT_THAT(problem_with(parameters, {"a <= 0.25"}, {partial}),
              HasSubstr("starting point 1 (rule=y, k=3, a=0.5) breaks the constraint 'a <= 0.25'"));
}

TEST(Space, initial_assignment_leaves_out_inactive_parameters) {
  EXPECT_EQ(describe(classifier_space().initial()),
            "demonstrations=[0 demonstrations], rule=nearest, neighbours=3, lower_case=true");
}

TEST(Space, normalises_to_active_parameters_in_order) {
  const Space space = classifier_space();
  const Assignment changed{{{"lower_case", false},
                            {"neighbours", std::int64_t{7}},
                            {"rule", std::string{"naive_bayes"}}}};
  EXPECT_EQ(describe(space.normalised(changed)),
            "demonstrations=[0 demonstrations], rule=naive_bayes, smoothing=1, lower_case=false");
  EXPECT_EQ(space.normalised(space.normalised(changed)), space.normalised(changed));
}

TEST(Space, conditions_on_inactive_parameters_do_not_hold) {
  const Space space{{boolean("outer", false), only_if(boolean("inner", true), "outer", {"true"}),
                     only_if(real("deep", 0, 1, 0), "inner", {"true"})}};
  EXPECT_EQ(space.initial().settings().size(), 1U);
  const Assignment on{{{"outer", true}}};
  EXPECT_EQ(space.normalised(on).settings().size(), 3U);
}

TEST(Space, says_what_is_wrong_with_an_assignment) {
  const Space space{classifier_space().parameters(), {parse_constraint("neighbours <= 9")}};
  Assignment good = space.initial();
  EXPECT_EQ(space.problem_of(good), "");
  const auto problem_after = [&](std::string_view name, Value value) {
    Assignment changed = good;
    changed.set(name, std::move(value));
    return space.problem_of(changed);
  };
  EXPECT_EQ(problem_after("neighbours", std::int64_t{16}),
            "parameter 'neighbours' is 16, above its highest value 15");
  EXPECT_EQ(problem_after("neighbours", std::int64_t{10}),
            "the constraint 'neighbours <= 9' does not hold");
  EXPECT_EQ(problem_after("neighbours", 3.0), "parameter 'neighbours' must be a whole number");
  EXPECT_EQ(problem_after("rule", std::string{"centroid"}),
            "parameter 'neighbours' is set, but its condition does not hold");
  EXPECT_EQ(problem_after("other", true), "parameter 'other' is unknown");
  EXPECT_EQ(problem_after("demonstrations", Demonstrations{std::vector<std::uint32_t>(97)}),
            "parameter 'demonstrations' has 97 demonstrations, but at most 96 are allowed");
  EXPECT_EQ(space.problem_of(Assignment{}), "parameter 'demonstrations' is missing");
  std::vector<Setting> reversed = good.settings();
  std::ranges::reverse(reversed);
  EXPECT_EQ(space.problem_of(Assignment{reversed}),
            "the parameters are not in the order of the space");
}

TEST(Space, samples_are_valid_and_reproducible) {
  const Space space = classifier_space();
  std::map<std::string, int> rules;
  for (std::uint32_t i = 0; i < 3'000; ++i) {
    core::Stream stream{1, core::Purpose::sample, i};
    core::Stream again{1, core::Purpose::sample, i};
    const Assignment drawn = space.sample(stream, 50);
    ASSERT_EQ(space.problem_of(drawn), "");
    ASSERT_EQ(drawn, space.sample(again, 50));
    ++rules[drawn.text("rule")];
    const auto& positions = drawn.demonstrations("demonstrations").positions;
    EXPECT_LE(positions.size(), 50U);
    for (const std::uint32_t position : positions) EXPECT_LT(position, 50U);
  }
  EXPECT_EQ(rules.size(), 3U);
  for (const auto& [rule, count] : rules) EXPECT_NEAR(count, 1'000, 130) << rule;
}

TEST(Space, draws_are_uniform_in_value_or_logarithm) {
  const Space space{{real("a", -1, 3, 0), log_real("b", 1e-2, 1e2, 1), integer("c", -2, 2, 0)}};
  int a_low = 0;
  int b_low = 0;
  std::map<std::int64_t, int> c_counts;
  for (std::uint32_t i = 0; i < 10'000; ++i) {
    core::Stream stream{2, core::Purpose::sample, i};
    const Assignment drawn = space.sample(stream, 0);
    a_low += drawn.real("a") < 0 ? 1 : 0;
    b_low += drawn.real("b") < 0.1 ? 1 : 0;
    ++c_counts[drawn.integer("c")];
  }
  EXPECT_NEAR(a_low, 2'500, 220);
  EXPECT_NEAR(b_low, 2'500, 220);
  EXPECT_EQ(c_counts.size(), 5U);
  for (const auto& [value, count] : c_counts) EXPECT_NEAR(count, 2'000, 200) << value;
}

TEST(Space, fixed_parameters_stay_fixed) {
  Parameter flag = boolean("flag", true);
  flag.choices = {"true"};
  Parameter text;
  text.name = "text";
  text.kind = ParameterKind::text;
  text.initial = std::string{"Answer briefly."};
  const Space space{{flag, text, real("a", 2, 2, 2), categorical("rule", {"x"})}};
  for (std::uint32_t i = 0; i < 50; ++i) {
    core::Stream stream{3, core::Purpose::sample, i};
    EXPECT_EQ(space.sample(stream, 0), space.initial());
  }
}

TEST(Space, samples_satisfy_constraints) {
  const Space space{{real("a", 0, 10, 0), real("b", 0, 10, 0)},
                    {parse_constraint("a + 2*b <= 10"), parse_constraint("a >= b")}};
  for (std::uint32_t i = 0; i < 1'000; ++i) {
    core::Stream stream{4, core::Purpose::sample, i};
    const Assignment drawn = space.sample(stream, 0);
    EXPECT_LE(drawn.real("a") + 2 * drawn.real("b"), 10);
    EXPECT_GE(drawn.real("a"), drawn.real("b"));
  }
}

TEST(Space, gives_up_on_constraints_that_leave_no_room) {
  const Space space{{real("a", 0, 1, 0)}, {parse_constraint("a <= 0")}};
  core::Stream stream{5, core::Purpose::sample};
  try {
    static_cast<void>(space.sample(stream, 0));
    FAIL() << "a draw of exactly 0 is all but impossible";
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    EXPECT_THAT(error.what(), HasSubstr("'a <= 0'"));
  }
}

TEST(Space, asks_for_enough_train_examples) {
  const Space space{{demonstrations("shown", 5, 9)}};
  core::Stream stream{6, core::Purpose::sample};
  EXPECT_EQ(space.sample(stream, 5).demonstrations("shown").positions.size(), 5U);
  EXPECT_THROW(static_cast<void>(space.sample(stream, 4)), core::Error);
}

TEST(Space, digest_covers_what_matters) {
  std::vector<Parameter> parameters{real("a", 0, 1, 0), categorical("b", {"x", "y"})};
  const std::vector<Constraint> constraints{parse_constraint("a <= 1")};
  std::set<core::Digest> digests{Space{parameters, constraints}.digest(),
                                 Space{parameters}.digest(),
                                 Space{parameters, constraints, {Assignment{}}}.digest()};
  EXPECT_EQ(digests.size(), 3U);
  auto changed = parameters;
  changed[0].high = 2;
  digests.insert(Space{changed, constraints}.digest());
  changed = parameters;
  changed[1].initial = std::string{"y"};
  digests.insert(Space{changed, constraints}.digest());
  changed = parameters;
  changed[0].conditions = {};
  changed[1].choices.push_back("z");
  digests.insert(Space{changed, constraints}.digest());
  EXPECT_EQ(digests.size(), 6U);
  changed = parameters;
  changed[0].description = "only for people";
  EXPECT_EQ((Space{changed, constraints}.digest()), (Space{parameters, constraints}.digest()));
}

}  // namespace
}  // namespace foundation::model
