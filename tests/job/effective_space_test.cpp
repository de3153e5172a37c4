#include <gmock/gmock.h>

#include "job_file.hpp"

namespace foundation::job {
namespace {

using model::Parameter;
using model::ParameterKind;
using testing::ElementsAre;
using testing::HasSubstr;

Parameter parameter(std::string name, ParameterKind kind, double low, double high,
                    std::vector<std::string> choices, model::Value initial,
                    std::vector<model::Condition> conditions = {}) {
  return {.name = std::move(name),
          .kind = kind,
          .low = low,
          .high = high,
          .choices = std::move(choices),
          .initial = std::move(initial),
          .conditions = std::move(conditions),
          .description = {}};
}

model::Space program_space() {
  return model::Space{
      {parameter("rule", ParameterKind::categorical, 0, 0, {"nearest", "bayes", "centroid"},
                 std::string{"nearest"}),
       parameter("k", ParameterKind::integer, 1, 15, {}, std::int64_t{3}, {{"rule", {"nearest"}}}),
       parameter("depth", ParameterKind::integer, 1, 4, {}, std::int64_t{1}, {{"k", {"1", "3"}}}),
       parameter("scale", ParameterKind::real, 0, 10, {}, 1.0),
       parameter("fast", ParameterKind::boolean, 0, 0, {}, false),
       parameter("shown", ParameterKind::demonstrations, 0, 96, {}, model::Demonstrations{})},
      {model::parse_constraint("depth <= k")}};
}

class EffectiveSpace : public JobFile {
 protected:
  [[nodiscard]] model::Space of(const std::string& program_section) const {
    return effective_space(load(std::string{smallest} + program_section), program_space());
  }
  [[nodiscard]] std::string complaint(const std::string& program_section) const {
    try {
      static_cast<void>(of(program_section));
    } catch (const core::Error& error) {
      return std::to_string(error.place().line) + ": " + error.what() + " | " + error.hint();
    }
    return "accepted";
  }
};

TEST_F(EffectiveSpace, is_the_programs_own_without_changes) {
  EXPECT_EQ(of("").digest(), program_space().digest());
}

TEST_F(EffectiveSpace, narrows_ranges_and_keeps_initial_values_inside) {
  const model::Space space = of(
      "[program.parameters]\nk = {low = 5}\nscale = {high = 0.5}\nshown = {low = 4, high = 8}\n");
  EXPECT_EQ(space.find("k")->low, 5);
  EXPECT_EQ(space.find("k")->initial, model::Value{std::int64_t{5}});
  EXPECT_EQ(space.find("scale")->initial, model::Value{0.5});
  EXPECT_EQ(space.find("shown")->high, 8);
}

TEST_F(EffectiveSpace, fixes_parameters_of_every_kind) {
  const model::Space space =
      of("[program.parameters]\nrule = \"bayes\"\nscale = 2\nfast = true\nshown = 16\n");
  EXPECT_THAT(space.find("rule")->choices, ElementsAre("bayes"));
  EXPECT_EQ(space.find("scale")->low, 2);
  EXPECT_EQ(space.find("scale")->high, 2);
  EXPECT_EQ(space.find("scale")->initial, model::Value{2.0});
  EXPECT_THAT(space.find("fast")->choices, ElementsAre("true"));
  EXPECT_EQ(space.find("fast")->initial, model::Value{true});
  EXPECT_EQ(space.find("shown")->low, 16);
}

TEST_F(EffectiveSpace, drops_what_can_never_be_active) {
  const model::Space space =
      of("[program.parameters]\nrule = {choices = [\"bayes\", \"centroid\"]}\n");
  EXPECT_EQ(space.find("k"), nullptr);
  EXPECT_EQ(space.find("depth"), nullptr);
  EXPECT_TRUE(space.constraints().empty());
  const model::Space narrow = of("[program.parameters]\nk = {low = 2}\n");
  EXPECT_THAT(narrow.find("depth")->conditions[0].values, ElementsAre("3"));
}

TEST_F(EffectiveSpace, adds_constraints_and_starting_points) {
  const model::Space space =
      of("constraints = [\"scale + k <= 12\"]\n"
         "[[program.starting_points]]\nscale = 3\nrule = \"bayes\"\n");
  EXPECT_EQ(space.constraints().size(), 2U);
  ASSERT_EQ(space.starting_points().size(), 1U);
  EXPECT_EQ(space.starting_points()[0].real("scale"), 3);
  EXPECT_EQ(space.starting_points()[0].find("k"), nullptr);
}

TEST_F(EffectiveSpace, refuses_what_the_program_does_not_take) {
  const auto section = [](std::string_view line) {
    return "[program.parameters]\n" + std::string{line} + "\n";
  };
  EXPECT_THAT(complaint(section("rle = \"bayes\"")),
              HasSubstr("8: the program has no parameter 'rle'"));
  EXPECT_THAT(complaint(section("rle = \"bayes\"")), HasSubstr("did you mean 'rule'?"));
  EXPECT_THAT(complaint(section("rule = \"byes\"")), HasSubstr("did you mean 'bayes'?"));
  EXPECT_THAT(complaint(section("k = 16")), HasSubstr("cannot be 16: the program takes 1 to 15"));
  EXPECT_THAT(complaint(section("k = {low = 0}")), HasSubstr("cannot be 0"));
  EXPECT_THAT(complaint(section("k = {choices = [1]}")), HasSubstr("use low = and high ="));
  EXPECT_THAT(complaint(section("rule = {low = 1}")), HasSubstr("use choices"));
  EXPECT_THAT(complaint(section("scale = \"big\"")), HasSubstr("takes a number"));
  EXPECT_THAT(complaint(section("k = {low = 4, initial = 3}")),
              HasSubstr("below its lowest value 4"));
  EXPECT_THAT(complaint(section("k = 2.5")), HasSubstr("8: parameter 'k' takes whole numbers"));
}

TEST_F(EffectiveSpace, places_errors_at_their_cause) {
  EXPECT_THAT(complaint("constraints = [\"scle <= 1\"]\n"), HasSubstr("7: "));
  EXPECT_THAT(complaint("constraints = [\"scale <= 0.5\"]\n"), HasSubstr("7: the initial values"));
  EXPECT_THAT(complaint("[[program.starting_points]]\nscale = 1\n"
                        "[[program.starting_points]]\nscale = 11\n"),
              HasSubstr("9: in starting point 2"));
}

}  // namespace
}  // namespace foundation::job
